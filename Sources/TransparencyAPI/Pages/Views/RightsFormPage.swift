import RightsRegistry

/// `/droits/formulaire`: the form on paper, to be printed and filled by hand. It asks what the steps ask, in the same
/// order, and no proof of identity.
struct RightsFormPage: Page {
    static let template = PageTemplate.rightsForm

    let frame: PageFrame
    /// The six rights, as one ticks them.
    let rights: [String]
    /// For whom one acts.
    let capacities: [String]
    /// A number's fifteen boxes, in its usual groups.
    let nirGroups: [[Int]]
    /// “Réponse en un mois au plus.”
    let time: String
    /// How to complain, as the site says it.
    let complaint: String

    init(frame: PageFrame, site: Site) {
        let language = frame.words
        self.frame = frame
        rights = RightWords.order.map { RightTexts($0, language).title }
        capacities = Capacity.allCases.map {
            CapacityTexts($0, language).choice(minorActsFrom: site.periods.parentActsUnderAge)
        }
        nirGroups = [1, 2, 2, 2, 3, 3, 2].map { Array(0..<$0) }
        time = RightWords(.access, site, language).time
        complaint = site.remedies.complaint[language]
    }
}
