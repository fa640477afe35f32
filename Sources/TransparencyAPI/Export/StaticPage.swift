import Foundation

/// A page of the copy.
struct StaticPage {
    private let html: String
    private let language: Language

    init(_ html: String, language: Language) {
        (self.html, self.language) = (html, language)
    }

    /// The page with its links leading within the copy where `place` knows them there, and to the portal elsewhere. Where a
    /// form stands, it says that it is the portal's.
    func leading(portal: String, _ place: (String) -> String?) -> String {
        let bytes = Array(html.utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 5 / 4)
        var start = 0
        for equals in bytes.indices where bytes[equals] == UInt8(ascii: "=") && equals >= start {
            guard bytes[equals...].starts(with: "=\"/".utf8),
                let name = Self.names.first(where: { bytes[..<equals].ends(with: $0) }),
                let end = bytes[(equals + 2)...].firstIndex(of: UInt8(ascii: "\""))
            else { continue }
            let link = Self.decoded(String(decoding: bytes[(equals + 2)..<end], as: UTF8.self))
            let isForm = name == " action"
            let target = (isForm ? nil : place(link)) ?? portal + link
            text += bytes[start..<(equals + 2)]
            text += Self.encoded(target).utf8
            start = end
            if isForm, let close = bytes[end...].firstIndex(of: UInt8(ascii: ">")) {
                text += bytes[end...close]
                text += note(portal).utf8
                start = close + 1
            }
        }
        text += bytes[start...]
        return String(decoding: text, as: UTF8.self)
    }

    /// The attributes that lead somewhere.
    private static let names = [" href", " src", " action"]

    private func note(_ portal: String) -> String {
        let shown = Self.encoded(portal)
        return language.pick(
            fr:
                "<p class=\"hint\">Cette page est une copie : la réponse vient du portail, <a href=\"\(shown)\">\(shown)</a>.</p>",
            en: "<p class=\"hint\">This page is a copy: the portal answers, <a href=\"\(shown)/en/\">\(shown)</a>.</p>")
    }

    private static let signs = [("&amp;", "&"), ("&quot;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">")]

    /// As templates escape an attribute, back again; the ampersand last, since it begins the others.
    private static func decoded(_ text: String) -> String {
        signs.reversed().reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
    }

    private static func encoded(_ text: String) -> String {
        signs.reduce(text) { $0.replacingOccurrences(of: $1.1, with: $1.0) }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
