/// The two-sided 95 % quantile of Student's t distribution.
///
/// Between the tabulated degrees of freedom the quantile is linear in 1/ν, which is right to 0.2 %; for many
/// it tends to the normal distribution's 1.960. One degree of freedom gives 12.706, ten give 2.228.
public func studentT95(degreesOfFreedom: Int) -> Double {
    let table: [(freedom: Int, quantile: Double)] = [
        (1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (5, 2.5706), (6, 2.4469), (7, 2.3646),
        (8, 2.3060),
        (9, 2.2622), (10, 2.2281), (12, 2.1788), (15, 2.1314), (20, 2.0860), (30, 2.0423), (60, 2.0003),
        (120, 1.9799),
    ]
    guard degreesOfFreedom >= 1 else { return .infinity }
    var lower = table[0]
    for upper in table {
        if degreesOfFreedom == upper.freedom { return upper.quantile }
        if degreesOfFreedom < upper.freedom {
            let left = 1 / Double(lower.freedom)
            let right = 1 / Double(upper.freedom)
            let share = (left - 1 / Double(degreesOfFreedom)) / (left - right)
            return lower.quantile + (upper.quantile - lower.quantile) * share
        }
        lower = upper
    }
    let normal = 1.95996
    return normal + (lower.quantile - normal) * Double(lower.freedom) / Double(degreesOfFreedom)
}
