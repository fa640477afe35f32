/// JSON text in the making, put together from parts that are written already: for answers that are made of the same parts time
/// and again, where a tree of values would cost more than what it tells.
///
/// Whoever puts it together keeps keys in canonical order (see `JSON.canonical`).
public struct JSONText: Sendable, Hashable {
    public private(set) var bytes: [UInt8] = []

    public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// What stands in the source as it is written: brackets, commas, keys.
    public mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// What was written before, whole or a part of it.
    public mutating func append(written part: some Sequence<UInt8>) { bytes.append(contentsOf: part) }

    public mutating func append(json value: JSON) { value.write(to: &bytes) }

    /// A text in its quotation marks.
    public mutating func append(string text: String) { JSON.write(text, to: &bytes) }

    public mutating func append(_ number: Int) { bytes += String(number).utf8 }

    /// The elements with commas between them.
    public mutating func append<Element>(
        _ elements: some Sequence<Element>, _ write: (Element, inout JSONText) -> Void
    ) {
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            write(element, &self)
        }
    }
}
