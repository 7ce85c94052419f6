public import PacerPlatform
public import PacerScheduling

/// A machine that has to know which job is on which cores, because it is emulated or its energy is modelled.
public protocol PlacementFollower: AnyObject {
    /// The job's program was started on `cores`.
    func jobStarted(_ job: JobID, cores: [CoreID]) throws(PortError)
    /// A job of an earlier daemon runs on `cores`; what it did before is not known.
    func jobAdopted(_ job: JobID, cores: [CoreID]) throws(PortError)
    func jobMoved(_ job: JobID, to cores: [CoreID]) throws(PortError)
    func jobEnded(_ job: JobID)
    /// Nothing more will be asked about the job.
    func forget(_ job: JobID)
    /// The sample as the machine's cores would have seen it: busy time at the frequency they ran at.
    func rescale(_ sample: JobSample, of job: JobID) -> JobSample
}
