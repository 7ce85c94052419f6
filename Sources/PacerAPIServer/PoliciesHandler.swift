import PacerAPI
import PacerRuntime
import PacerScheduling

/// `GET /v1/policies`.
enum PoliciesHandler {
    static func answer(_ desk: Desk) -> Reply {
        let views = desk.service.policies.map { policy in
            PolicyView(
                name: policy.name, summary: policy.summary, accounting: policy.accounting.rawValue,
                marginRatio: policy.margin, wantsProfile: policy.wantsProfile,
                isDefault: policy.name == desk.service.defaultPolicy, queue: policy.queue.rawValue)
        }
        return Reply(PolicyList(policies: views))
    }
}
