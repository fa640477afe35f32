/// A kind of care, or of encounter with the health system, that leaves data somewhere. The words are those of people, not of
/// nomenclatures: whoever looks for the databases that hold them must recognise their own case.
public enum CareKind: String, Sendable, Hashable, CaseIterable {
    /// A stay or a consultation in hospital.
    case hospital
    case emergency
    /// Medicines dispensed by a pharmacy.
    case medicines
    /// Doctors, nurses, analyses outside hospital, as they are reimbursed.
    case communityCare
    case vaccination
    /// Pregnancy, birth, the first years.
    case maternity
    case mentalHealth
    /// A disease that a registry follows: cancers, rare diseases.
    case registry
    /// A study in which one has agreed to take part.
    case study
    /// An adverse effect that was reported.
    case adverseEffect

    /// Whether a database of it is about those people alone, whatever other care it tells of.
    var isParticular: Bool {
        switch self {
        case .registry, .study, .mentalHealth, .adverseEffect: true
        case .hospital, .emergency, .medicines, .communityCare, .vaccination, .maternity: false
        }
    }
}
