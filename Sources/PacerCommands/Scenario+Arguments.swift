public import ArgumentParser
public import PacerConfig
public import PacerReplay

// The words of a scenario file are those of the command line.
extension Scenario.Shape: ExpressibleByArgument {}
extension Scenario.Width: ExpressibleByArgument {}
extension ScenarioFile.Bound: ExpressibleByArgument {}
