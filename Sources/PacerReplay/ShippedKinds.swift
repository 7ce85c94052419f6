import PacerModels

/// Kinds of job that programs really are of: laws fitted to measurements that others published.
///
/// - `…-xeon-e5`: two Xeon E5-2690, by core count and frequency; example configurations of libpoet/poet,
///   University of Chicago, BSD 3-clause licence.
/// - `…-xeon`, `…-amd`: machines of 20 and 48 cores, by core count; D. Loghin, Y. M. Teo, Data in Brief 2019,
///   doi 10.1016/j.dib.2019.104670, CC BY 4.0. One frequency was measured, so their clock shares are drawn
///   from those of the first group.
///
/// Activity is how much power grows with every core, over what it grows by in the median program on the same
/// machine, at least a quarter of that and at most twice; a program that waits for memory hardly draws more
/// on more cores. Their median is one. The fit: docs/replay.md.
public enum ShippedKinds {
    /// Those that are drawn from.
    public static let all: [JobKind] = [
        kind("blackscholes-xeon-e5", 0.0041, 0.001013, 0.809, 1.000),
        kind("ferret-xeon-e5", 0.0000, 0.000558, 0.997, 1.501),
        kind("sha-xeon-e5", 0.0688, 0.014831, 1.000, 0.676),
        kind("stream-xeon-e5", 0.9860, 0.000119, 0.754, 0.250),
        kind("x264-xeon-e5", 0.0000, 0.001397, 0.947, 1.180),
        kind("blackscholes-xeon", 0.0585, 0.000000, 0.754, 0.630),
        kind("cloverleaf-xeon", 0.1506, 0.005811, 0.947, 1.018),
        kind("kmeans-xeon", 0.3793, 0.000000, 1.000, 0.602),
        kind("lavamd-xeon", 0.0447, 0.000000, 0.997, 1.009),
        kind("minife-xeon", 0.1323, 0.004076, 0.754, 1.120),
        kind("minighost-xeon", 0.9531, 0.003129, 1.000, 0.250),
        kind("npb-bt-xeon", 0.0860, 0.001412, 0.754, 1.070),
        kind("npb-ep-xeon", 0.0284, 0.000000, 1.000, 0.991),
        kind("npb-sp-xeon", 0.0939, 0.010908, 1.000, 1.059),
        kind("pathfinder-xeon", 0.4581, 0.000435, 1.000, 0.250),
        kind("blackscholes-amd", 0.0623, 0.000053, 0.809, 0.450),
        kind("kmeans-amd", 0.1288, 0.000105, 0.754, 0.250),
        kind("lavamd-amd", 0.0195, 0.000024, 0.947, 1.000),
        kind("npb-bt-amd", 0.0106, 0.000088, 0.754, 1.906),
        kind("npb-ep-amd", 0.0000, 0.000034, 0.947, 1.724),
        kind("npb-sp-amd", 0.0684, 0.000000, 0.809, 1.544),
        kind("pathfinder-amd", 0.8378, 0.000305, 0.809, 0.250),
    ]

    /// Ideal scaling, all of its time follows the clock, and the machine's own core power.
    public static let plain = kind("plain", 0, 0, 1, 1)

    /// The kind of this name; `nil` for other names.
    public static func named(_ name: String) -> JobKind? {
        name == plain.name ? plain : all.first { $0.name == name }
    }

    private static func kind(
        _ name: String, _ contention: Double, _ coherency: Double, _ clockShare: Double, _ activity: Double
    ) -> JobKind {
        JobKind(
            name: name,
            scalability: ScalabilityModel(base: 1, contention: contention, coherency: coherency),
            clockShare: clockShare, activity: activity)
    }
}
