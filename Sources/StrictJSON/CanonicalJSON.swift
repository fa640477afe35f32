extension JSON {
    /// The one canonical text of this value (RFC 8785): no white space, keys in the order of their UTF-16 code units,
    /// numbers as ECMAScript writes them. What is hashed, signed and sealed.
    ///
    /// A number that is not finite can't be parsed, only made; it is written `null`, as ECMAScript does.
    public var canonical: String { String(decoding: canonicalBytes, as: UTF8.self) }

    /// The UTF-8 of `canonical`.
    public var canonicalBytes: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return bytes
    }

    func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .integer(let value) where Self.exactIntegers.contains(value): bytes += String(value).utf8
        case .integer(let value): bytes += Self.canonicalNumber(Double(value)).utf8
        case .number(let value): bytes += Self.canonicalNumber(value).utf8
        case .string(let value): Self.write(value, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.sorted(by: { Self.precedes($0.key, $1.key) }).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.write(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    // MARK: Strings

    static func write(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { utf8 in
            var written = 0
            for (index, byte) in utf8.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
                bytes += utf8[written..<index]
                bytes += escape(byte)
                written = index + 1
            }
            bytes += utf8[written...]
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func escape(_ byte: UInt8) -> String.UTF8View {
        switch byte {
        case 0x08: "\\b".utf8
        case 0x09: "\\t".utf8
        case 0x0A: "\\n".utf8
        case 0x0C: "\\f".utf8
        case 0x0D: "\\r".utf8
        case 0..<0x20: "\\u00\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16))".utf8
        default: "\\\(Character(Unicode.Scalar(byte)))".utf8
        }
    }

    /// Whether one key comes before another by UTF-16 code units. That order and the order of UTF-8 bytes part only where
    /// a character beyond U+FFFF (lead byte F0 to F4; as surrogates, below U+E000) meets one of U+E000 to U+FFFF (EE, EF).
    private static func precedes(_ left: String, _ right: String) -> Bool {
        var (left, right) = (left, right)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                for place in 0..<min(left.count, right.count) where left[place] != right[place] {
                    let (leftByte, rightByte) = (left[place], right[place])
                    return leftByte >= 0xEE && rightByte >= 0xEE && (leftByte >= 0xF0) != (rightByte >= 0xF0)
                        ? leftByte > rightByte : leftByte < rightByte
                }
                return left.count < right.count
            }
        }
    }

    // MARK: Numbers

    /// ECMAScript's Number.prototype.toString: the shortest digits that read back as the same double (which is what
    /// Swift's own description has), laid out with an exponent only from 1e21 up and from 1e-7 down.
    private static func canonicalNumber(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        guard value != 0 else { return "0" }
        let parts = value.magnitude.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".")
        let fraction = mantissa.count > 1 && mantissa[1] != "0" ? mantissa[1] : ""
        let allDigits = String(mantissa[0] + fraction)
        let digits = allDigits.drop { $0 == "0" }
        // value = 0.DIGITS × 10^point
        let point =
            mantissa[0].count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) - (allDigits.count - digits.count)
        let significant = String(digits.reversed().drop { $0 == "0" }.reversed())
        return (value < 0 ? "-" : "") + layOut(significant, point: point)
    }

    /// Writes 0.DIGITS × 10^point; there are at most 17 digits.
    private static func layOut(_ digits: String, point: Int) -> String {
        switch point {
        case digits.count...21:
            return digits + String(repeating: "0", count: point - digits.count)
        case 1...21:
            return "\(digits.prefix(point)).\(digits.dropFirst(point))"
        case -5...0:
            return "0.\(String(repeating: "0", count: -point))\(digits)"
        default:
            let rest = digits.count > 1 ? ".\(digits.dropFirst())" : ""
            return "\(digits.prefix(1))\(rest)e\(point > 0 ? "+" : "")\(point - 1)"
        }
    }
}
