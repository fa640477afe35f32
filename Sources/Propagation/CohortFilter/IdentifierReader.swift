import CivilTime
import Glibc
import RightsRegistry
import Vault

/// Reads the identifiers of rows, and says what a row's person is called in a database.
struct IdentifierReader {
    private static let canonicalLength = 24

    private let key: PseudonymKey?
    private let canonical = UnsafeMutableRawBufferPointer.allocate(byteCount: canonicalLength, alignment: 8)

    /// - Parameter key: turns identities into pseudonyms; nil where rows have pseudonyms.
    init(key: PseudonymKey?) { self.key = key }

    /// Gives its memory back; it is not used afterwards.
    func deallocate() {
        canonical.deallocate()
    }

    /// What is wrong with an identifier. It is told without showing it.
    enum Flaw: String, Error {
        case pseudonym = "not a pseudonym of 64 hexadecimal digits"
        case identity = "not an identity: NIR|YYYYMMDD|sex, or birth name|given name|YYYYMMDD|sex|place of birth"
        case nir = "not a NIR of 13 characters, or of 15 whose key fits"
        case birthDate = "not a birth date: YYYYMMDD or YYYY-MM-DD"
        case sex = "not a sex: 1 or M, 2 or F"
        case name = "not a name of which a letter from A to Z is left"
        case birthPlace = "not an INSEE code of five characters"
    }

    /// Reads the fields of a row and writes its pseudonym, 32 bytes; what is wrong, and with which of them, or nil.
    @inline(__always)
    func read(
        _ bytes: UnsafeRawBufferPointer, _ places: [Range<Int>], mayBeQuoted: Bool,
        to pseudonym: UnsafeMutableRawBufferPointer
    ) -> (flaw: Flaw, field: Int)? {
        guard let key else {
            let field = Self.field(bytes, places[0], mayBeQuoted)
            return HexDigits.decode(field, to: pseudonym) ? nil : (.pseudonym, 0)
        }
        return readIdentity(bytes, places, mayBeQuoted, key, to: pseudonym)
    }

    @inline(__always)
    private static func field(
        _ bytes: UnsafeRawBufferPointer, _ place: Range<Int>, _ mayBeQuoted: Bool
    ) -> UnsafeRawBufferPointer {
        let field = UnsafeRawBufferPointer(rebasing: bytes[place])
        guard mayBeQuoted, field.count >= 2, field[0] == UInt8(ascii: "\"") else { return field }
        return UnsafeRawBufferPointer(rebasing: field[1..<field.count - 1])
    }

    // MARK: Identities

    private func readIdentity(
        _ bytes: UnsafeRawBufferPointer, _ places: [Range<Int>], _ mayBeQuoted: Bool, _ key: PseudonymKey,
        to pseudonym: UnsafeMutableRawBufferPointer
    ) -> (flaw: Flaw, field: Int)? {
        guard places.count == 1 else {
            func part(_ index: Int) -> UnsafeRawBufferPointer { Self.field(bytes, places[index], mayBeQuoted) }
            guard places.count == 3 else {
                return readTraits((part(0), part(1), part(2), part(3), part(4)), key, to: pseudonym)
            }
            return readNumber((part(0), part(1), part(2)), key, to: pseudonym)
        }
        let whole = Self.field(bytes, places[0], mayBeQuoted)
        // At most so many ends of parts; which are more is no identity.
        var ends: (Int, Int, Int, Int) = (0, 0, 0, 0)
        var count = 0
        for place in whole.indices where whole[place] == UInt8(ascii: "|") {
            switch count {
            case 0: ends.0 = place
            case 1: ends.1 = place
            case 2: ends.2 = place
            case 3: ends.3 = place
            default: break
            }
            count += 1
        }
        func part(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: whole[start..<end])
        }
        let found: (flaw: Flaw, field: Int)?
        switch count {
        case 2:
            found = readNumber(
                (part(0, ends.0), part(ends.0 + 1, ends.1), part(ends.1 + 1, whole.count)), key, to: pseudonym)
        case 4:
            found = readTraits(
                (
                    part(0, ends.0), part(ends.0 + 1, ends.1), part(ends.1 + 1, ends.2), part(ends.2 + 1, ends.3),
                    part(ends.3 + 1, whole.count)
                ), key, to: pseudonym)
        default: return (.identity, 0)
        }
        return found.map { ($0.flaw, 0) }
    }

    private func readNumber(
        _ parts: (nir: UnsafeRawBufferPointer, birthDate: UnsafeRawBufferPointer, sex: UnsafeRawBufferPointer),
        _ key: PseudonymKey, to pseudonym: UnsafeMutableRawBufferPointer
    ) -> (flaw: Flaw, field: Int)? {
        guard NIR.flaw(in: parts.nir) == nil else { return (.nir, 0) }
        canonical.copyMemory(from: UnsafeRawBufferPointer(rebasing: parts.nir[..<13]))
        canonical[13] = UInt8(ascii: "|")
        canonical[22] = UInt8(ascii: "|")
        guard spell(birthDate: parts.birthDate) else { return (.birthDate, 1) }
        guard spell(sex: parts.sex) else { return (.sex, 2) }
        key.write(pseudonymOf: UnsafeRawBufferPointer(canonical), to: pseudonym)
        return nil
    }

    private typealias Traits = (
        birthName: UnsafeRawBufferPointer, givenName: UnsafeRawBufferPointer, birthDate: UnsafeRawBufferPointer,
        sex: UnsafeRawBufferPointer, birthPlace: UnsafeRawBufferPointer
    )

    private func readTraits(
        _ parts: Traits, _ key: PseudonymKey, to pseudonym: UnsafeMutableRawBufferPointer
    ) -> (flaw: Flaw, field: Int)? {
        guard spell(birthDate: parts.birthDate) else { return (.birthDate, 2) }
        guard spell(sex: parts.sex) else { return (.sex, 3) }
        // A byte that is no text would be left out of the name silently.
        guard let name = String(validating: parts.birthName, as: UTF8.self) else { return (.name, 0) }
        guard let given = String(validating: parts.givenName, as: UTF8.self) else { return (.name, 1) }
        guard
            let traits = IdentityTraits(
                birthName: name, givenName: given,
                birthDate: String(decoding: canonical[14..<22], as: UTF8.self),
                sex: String(decoding: canonical[23..<24], as: UTF8.self),
                birthPlace: String(decoding: parts.birthPlace, as: UTF8.self))
        else {
            if IdentityTraits.spelt(name).isEmpty { return (.name, 0) }
            return IdentityTraits.spelt(given).isEmpty ? (.name, 1) : (.birthPlace, 4)
        }
        key.pseudonym(of: traits.canonical).withUnsafeBytes { pseudonym.copyMemory(from: $0) }
        return nil
    }

    /// Writes a birth date where the canonical form has it; false where it is none.
    private func spell(birthDate: UnsafeRawBufferPointer) -> Bool {
        var place = 14
        for (index, byte) in birthDate.enumerated() {
            if birthDate.count == 10, index == 4 || index == 7 {
                guard byte == UInt8(ascii: "-") else { return false }
                continue
            }
            guard place < 22, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return false }
            canonical[place] = byte
            place += 1
        }
        return place == 22 && Self.isDate(canonical[14..<22])
    }

    /// Writes a sex where the canonical form has it; false where it is none.
    private func spell(sex: UnsafeRawBufferPointer) -> Bool {
        guard sex.count == 1 else { return false }
        switch sex[0] {
        case UInt8(ascii: "1"), UInt8(ascii: "M"): canonical[23] = UInt8(ascii: "1")
        case UInt8(ascii: "2"), UInt8(ascii: "F"): canonical[23] = UInt8(ascii: "2")
        default: return false
        }
        return true
    }

    /// Whether eight digits are a day of the calendar.
    private static func isDate(_ digits: Slice<UnsafeMutableRawBufferPointer>) -> Bool {
        let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100)
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = (31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
        guard year > 0, (1...12).contains(month), day > 0 else { return false }
        return withUnsafeBytes(of: lengths) { day <= $0.load(fromByteOffset: (month - 1) * 8, as: Int.self) }
    }
}

/// 64 hexadecimal digits and the 32 bytes that they say, eight digits at a time.
enum HexDigits {
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// Reads 64 digits of either case; false for anything else.
    @inline(__always)
    static func decode(_ text: UnsafeRawBufferPointer, to bytes: UnsafeMutableRawBufferPointer) -> Bool {
        guard text.count == 64, let source = text.baseAddress, let target = bytes.baseAddress else { return false }
        var wrong: UInt64 = 0
        for place in 0..<8 {
            let digits = UInt64(
                littleEndian: source.loadUnaligned(fromByteOffset: place &* 8, as: UInt64.self))
            let small = digits | (ones &* 0x20)
            let isLetter = (small &>> 6) & ones
            // Of digits the low half, of letters nine more: no byte carries into the next.
            let values = (small & (ones &* 0x0F)) &+ (isLetter &* 9)
            let isTenOrMore = ((values &+ ones &* 6) &>> 4) & ones
            wrong |= small ^ (values &+ ones &* 0x30 &+ isLetter &* 0x27)
            wrong |= (digits ^ small) & ~(isLetter &<< 5)
            wrong |= (isTenOrMore ^ isLetter) | (values & (ones &* 0x10))
            var packed = ((values &<< 4) | (values &>> 8)) & 0x00FF_00FF_00FF_00FF
            packed = (packed | (packed &>> 8)) & 0x0000_FFFF_0000_FFFF
            packed |= packed &>> 16
            target.storeBytes(
                of: UInt32(truncatingIfNeeded: packed).littleEndian, toByteOffset: place &* 4, as: UInt32.self)
        }
        return wrong == 0
    }

    /// Writes 32 bytes as 64 digits.
    static func encode(_ bytes: UnsafeRawBufferPointer, to text: UnsafeMutableRawBufferPointer) {
        func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 &+ value : 87 &+ value }
        for place in 0..<32 {
            text[place &* 2] = digit(bytes[place] >> 4)
            text[place &* 2 &+ 1] = digit(bytes[place] & 15)
        }
    }
}
