import Testing

@testable import PacerCommands

/// The expected numbers are scipy's (1.17): `t.ppf`, `t.sf`, `ttest_ind(equal_var=False)`, `betainc`.
@Suite struct StatisticsTests {
    private func isClose(_ left: Double, _ right: Double, _ tolerance: Double = 1e-9) -> Bool {
        abs(left - right) <= tolerance * max(1e-12, abs(right))
    }

    @Test func `mean, variance and confidence interval`() throws {
        let sample = Sample([10.1, 9.8, 10.4])
        #expect(isClose(sample.mean, 10.1))
        #expect(isClose(try #require(sample.variance), 0.09))
        #expect(isClose(try #require(sample.confidence95), 0.7452413135250986, 1e-4))
        let five = Sample([100, 102, 98, 101, 99])
        #expect(isClose(try #require(five.confidence95), 1.9632431614775572, 1e-4))
    }

    @Test func `one value has a mean and nothing else`() {
        let sample = Sample([7])
        #expect(sample.mean == 7)
        #expect(sample.variance == nil)
        #expect(sample.confidence95 == nil)
        #expect(WelchTest(sample, Sample([7, 8])) == nil)
    }

    @Test func `a clear difference is one`() throws {
        let test = try #require(WelchTest(Sample([10.1, 9.8, 10.4]), Sample([11.0, 11.3, 10.9, 11.6])))
        #expect(isClose(test.statistic, -4.690415759823439))
        #expect(isClose(test.degreesOfFreedom, 4.59493670886076))
        #expect(isClose(test.pValue, 0.006662522814708352))
    }

    @Test func `noise is noise`() throws {
        let test = try #require(
            WelchTest(Sample([100, 102, 98, 101, 99]), Sample([100.5, 101.5, 99.5, 100, 102])))
        #expect(isClose(test.pValue, 0.43544340920696145))
    }

    @Test func `values without any spread differ or do not`() throws {
        #expect(try #require(WelchTest(Sample([5, 5]), Sample([5, 5]))).pValue == 1)
        #expect(try #require(WelchTest(Sample([5, 5]), Sample([6, 6]))).pValue == 0)
    }

    @Test(arguments: [
        (1.0, 1.0, 0.5), (2.5, 3.7, 0.07182202291182678), (12.7062047, 1, 0.05000000014176587),
        (0.3, 40.5, 0.7657116040565191), (6, 2, 0.02667147321542477), (-6, 2, 0.02667147321542477),
    ])
    func `two-sided tails of Student's t`(_ t: Double, _ freedom: Double, _ expected: Double) {
        #expect(isClose(studentTwoSided(t, degreesOfFreedom: freedom), expected, 1e-8))
    }

    @Test(arguments: [
        (0.3, 2.0, 0.5, 0.03784096948581308), (0.9, 2, 0.5, 0.5414697392755851), (0.5, 10, 10, 0.5),
        (0.01, 0.5, 3, 0.18625375), (0, 2, 3, 0), (1, 2, 3, 1),
    ])
    func `the incomplete beta function`(_ x: Double, _ a: Double, _ b: Double, _ expected: Double) {
        #expect(isClose(regularizedBeta(x, a, b), expected, 1e-8))
    }
}
