/// What everything needs that leaves the portal in words, by mail, by letter or in a package: the institution's own texts, the
/// templates, and the address that links lead to.
public struct OutgoingTexts: Sendable {
    let site: Site
    let templates: Templates
    private let portal: String

    /// - Parameter portal: the portal's own address, without a slash at its end.
    public init(site: Site, templates: Templates, portal: String) {
        self.site = site
        self.templates = templates
        self.portal = portal
    }

    /// The whole address of a page.
    func address(of page: PagePath, in language: Language) -> String { portal + page.path(in: language) }
}
