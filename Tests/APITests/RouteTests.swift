import PacerAPI
import Testing

@Suite struct RouteTests {
    static let all: [Route] = [
        .info, .submit, .submitEach, .jobs(limit: nil), .jobs(limit: 20), .job(12), .cancel(12),
        .wait(12, timeoutS: 0.5, horizon: true), .wait(7, timeoutS: 30, horizon: false),
        .output(12, .stderr, offset: 5_000_000_000, limit: 4096), .explanation(12), .plan, .policies,
        .machine, .journal, .journalSegment(3, offset: 5_000_000_000, limit: 4096), .metrics,
        .overview(waiting: 7), .energy(since: 1_790_000_000_000_000_000, by: .className),
        .events(EventQuery(since: nil)), .events(EventQuery(since: 12, job: 3, limit: 9)),
        .events(EventQuery(since: nil, from: 5, follow: true, timeoutS: 0.5)),
    ]

    @Test(arguments: all) func `a route that is built is the route that is taken apart`(_ route: Route) throws
    {
        #expect(try Route(method: route.method, uri: route.uri) == route)
    }

    @Test func `what a query leaves out has a default`() throws {
        #expect(try Route(method: "GET", uri: "/v1/jobs/3/wait") == .wait(3, timeoutS: 30, horizon: false))
        let output = Route.output(3, .stdout, offset: 0, limit: Route.usualOutput)
        #expect(try Route(method: "GET", uri: "/v1/jobs/3/output") == output)
    }

    @Test func `query keys that this version does not know are ignored`() throws {
        #expect(try Route(method: "GET", uri: "/v1/jobs?limit=2&color=blue") == .jobs(limit: 2))
    }

    @Test(arguments: [
        "", "/", "/v1", "/v1/", "/v2/info", "/v1/job/1", "/v1/jobs/x", "/v1/jobs/-1", "/v1/jobs/1/frob",
        "/v1/jobs/1/wait/2", "/v1/jobs/99999999999999999999", "/v1/jobs/", "/v1/journal/0",
        "/v1/journal/x", "/v1/journal/1/2", "/metrics/", "/v1/metrics", "/v1/events/1",
    ])
    func `a path that is none is not found`(_ uri: String) {
        let error = #expect(throws: APIError.self) { try Route(method: "GET", uri: uri) }
        #expect(error?.code == .routeNotFound)
    }

    @Test func `the wrong method is told the right ones`() {
        let error = #expect(throws: APIError.self) { try Route(method: "PUT", uri: "/v1/jobs/3") }
        #expect(error?.code == .methodNotAllowed)
        #expect(error?.details["allow"] == "GET, DELETE")
    }

    @Test(arguments: [
        "/v1/jobs?limit=-1", "/v1/jobs?limit=many", "/v1/jobs/1/wait?timeout_s=nan",
        "/v1/jobs/1/wait?timeout_s=9999999", "/v1/jobs/1/wait?horizon=yes", "/v1/jobs/1/output?stream=stdin",
        "/v1/jobs/1/output?offset=99999999999999999999", "/v1/jobs/1/output?limit=100000000",
        "/v1/events?since=-1", "/v1/events?limit=0", "/v1/events?follow=yes", "/v1/energy?by=colour",
        "/v1/energy?since_unix_ns=today", "/v1/overview?waiting=100000",
    ])
    func `a value in a query that is not possible is named`(_ uri: String) {
        let error = #expect(throws: APIError.self) { try Route(method: "GET", uri: uri) }
        #expect(error?.code == .requestInvalid)
        #expect(error?.message.contains("must be") == true)
    }
}
