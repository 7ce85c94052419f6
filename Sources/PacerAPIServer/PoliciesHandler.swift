import PacerAPI
import PacerRuntime
import PacerScheduling

/// `GET /v1/policies`.
enum PoliciesHandler {
    static func answer(_ desk: Desk) -> Reply {
        let views = desk.service.policies.map { policy in
            var view = PolicyView(
                name: policy.name, summary: policy.summary, accounting: policy.accounting.rawValue,
                marginRatio: policy.margin, wantsProfile: policy.wantsProfile,
                isDefault: policy.name == desk.service.defaultPolicy, queue: policy.queue.rawValue)
            view.hasteRatio = policy.haste
            view.patienceRatio = policy.patience
            view.preempts = policy.preempts
            return view
        }
        return Reply(PolicyList(policies: views))
    }
}
