// SQLite (public domain): the daemon's database.
#ifndef PACER_CSQLITE_SHIM_H
#define PACER_CSQLITE_SHIM_H

#include <sqlite3.h>

// Swift imports neither SQLITE_TRANSIENT (a cast) nor functions with variable arguments.

/// Binds a copy of `length` bytes of UTF-8; a null pointer is the empty text.
static inline int pacer_sqlite3_bind_text(sqlite3_stmt *statement, int index, const char *bytes, int length) {
    return sqlite3_bind_text(statement, index, bytes ? bytes : "", bytes ? length : 0, SQLITE_TRANSIENT);
}

/// Leaves the write-ahead log where it is when the connection closes (1), or merges it into the file (0).
static inline int pacer_sqlite3_keep_log_on_close(sqlite3 *database, int keep) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep, (int *)0);
}

#endif
