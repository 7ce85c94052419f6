// zlib (zlib licence): reads traces that are packed with gzip.
#ifndef PACER_CZLIB_SHIM_H
#define PACER_CZLIB_SHIM_H

#include <zlib.h>

// Swift does not import the macros that zlib's initialisers are.

/// Prepares `stream` to unpack what has gzip's header.
static inline int pacer_zlib_start_gunzip(z_stream *stream) {
    return inflateInit2(stream, 16 + MAX_WBITS);
}

#endif
