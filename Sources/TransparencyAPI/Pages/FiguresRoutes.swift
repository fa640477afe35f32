import HTTPServer
import Hummingbird

extension Portal {
    /// `/chiffres`.
    var figuresPageRoutes: [Route] {
        routes(.get, .figures, access: .site) { request, _, language in
            let figures = try await figures()
            return try await cachedPage(request, key: "\(request.uri.path)#\(figures.hashValue)", renewedEvery: 3600) {
                publicBody(
                    FiguresPage(
                        frame: frame(
                            language, .figures, title: language.pick(fr: "Les chiffres", en: "Figures"),
                            description: language.pick(
                                fr:
                                    "Les projets, les délais réels, les demandes et leurs réponses : tout ce qui se compte.",
                                en: "Projects, real delays, requests and answers: all that can be counted.")),
                        figures, vocabulary: texts.vocabulary, today: today))
            }
        }
    }
}
