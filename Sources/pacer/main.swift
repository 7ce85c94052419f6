import PacerCommands

PacerCommand.runAndExit()
