import HTTPServer
import HTTPTypes
import Hummingbird

extension Portal {
    /// The pages that everybody may read, the same for all.
    var publicPageRoutes: [Route] {
        registryPageRoutes + rightsOverviewRoutes + rightsFormRoutes + glossaryRoutes
            + easyRightsRoutes + SiteTexts.Name.allCases.flatMap(textRoutes) + [
                ColourSheet(site.colours).route,
                Route(.get, "/en", access: .site) { _, _ in
                    Response(
                        status: .permanentRedirect, headers: [.location: PagePath.home.path(in: .en)])
                },
            ]
    }

    /// `/glossaire`.
    private var glossaryRoutes: [Route] {
        Language.allCases.map { language in
            let title = language.pick(fr: "Le glossaire", en: "Glossary")
            let body = publicBody(
                GlossaryPage(
                    frame: frame(
                        language, .glossary, title: title,
                        description: language.pick(
                            fr: "Les mots du répertoire, expliqués simplement.",
                            en: "The words of the register, plainly explained.")),
                    texts.glossary))
            return Route(.get, PagePath.glossary.route(in: language), access: .site) { request, _ in
                body.response(to: request)
            }
        }
    }

    /// `/droits/facile-a-lire`.
    private var easyRightsRoutes: [Route] {
        Language.allCases.map { language in
            let title = language.pick(fr: "Vos droits, faciles à lire", en: "Your rights, easy to read")
            let body = publicBody(
                EasyRightsPage(
                    frame: frame(
                        language, .easyRights, title: title, section: .request,
                        description: language.pick(
                            fr: "Vos droits sur vos données de santé, en phrases courtes.",
                            en: "Your rights over your health data, in short sentences."))))
            return Route(.get, PagePath.easyRights.route(in: language), access: .site) { request, _ in
                body.response(to: request)
            }
        }
    }

    /// A text of the site in both languages: it changes with the site alone, so it is rendered at start.
    private func textRoutes(_ name: SiteTexts.Name) -> [Route] {
        let page = name.page
        return Language.allCases.map { language in
            let title = name.title(language)
            let body = publicBody(
                TextPage(
                    frame: frame(language, page, title: title), heading: title,
                    blocks: TextBlock.blocks(of: texts[name, language])))
            return Route(.get, page.route(in: language), access: .site) { request, _ in body.response(to: request) }
        }
    }
}

extension SiteTexts.Name {
    fileprivate var page: PagePath {
        switch self {
        case .accessibility: .accessibility
        case .personalData: .personalData
        case .legalNotice: .legalNotice
        }
    }

    fileprivate func title(_ language: Language) -> String {
        switch self {
        case .accessibility: language.pick(fr: "Accessibilité", en: "Accessibility")
        case .personalData: language.pick(fr: "Données personnelles", en: "Personal data")
        case .legalNotice: language.pick(fr: "Mentions légales", en: "Legal notice")
        }
    }
}
