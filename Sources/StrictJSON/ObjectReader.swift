/// Reads an object member by member and gathers *every* error with its pointer, so that people correct a form once.
///
/// Strict: what is not read is an `unknownField`. Kind where it costs nothing: `null` counts as absent. A reading
/// method returns nil where the member is absent or wrong; whether something is wrong is told by `errors` alone.
///
///     let person = try ObjectReader.read(json) { reader in
///         let name = reader.string("name", maxLength: 100)
///         let age = reader.optionalInt("age", in: 0...150)
///         return name.map { Person(name: $0, age: age) }
///     }
public struct ObjectReader {
    /// Where this object stands in the body.
    public let pointer: String
    /// What is wrong so far, in the order of reading.
    public private(set) var errors: [FieldError] = []
    /// Nil where the value is no object: then there is one error, and members are not missed one by one as well.
    private let members: [String: JSON]?
    private var unread: Set<String>

    /// Records `wrongType` where the value is no object.
    public init(_ json: JSON, at pointer: String = "") {
        self.pointer = pointer
        members = json.object
        unread = Set(members.map { Array($0.keys) } ?? [])
        if members == nil { errors.append(FieldError(pointer: pointer, code: "wrongType", arguments: ["object"])) }
    }

    /// Reads a whole object: `body`, then `finish()`.
    ///
    /// Throws all errors found. A body that returns nil without one is a mistake of ours, told as `invalid`.
    public static func read<T>(
        _ json: JSON, at pointer: String = "", _ body: (inout ObjectReader) -> T?
    ) throws(FieldErrors) -> T {
        var reader = ObjectReader(json, at: pointer)
        let value = body(&reader)
        reader.finish()
        try reader.orThrow()
        guard let value else { throw FieldErrors([FieldError(pointer: pointer, code: "invalid")]) }
        return value
    }

    /// Whether the object has this member, `null` excepted.
    public func has(_ key: String) -> Bool { members?[key].map { !$0.isNull } ?? false }

    // MARK: Errors

    /// Records an error at a member.
    public mutating func fail(_ key: String, _ code: String, _ arguments: String...) {
        record(FieldError(pointer: JSONPointer.member(key, of: pointer), code: code, arguments: arguments))
    }

    /// Records an error that already knows where it is.
    public mutating func record(_ error: FieldError) { errors.append(error) }

    /// Records an `unknownField` for each member that was not read, in the order of their names.
    public mutating func finish() {
        for key in unread.sorted() { fail(key, "unknownField") }
        unread = []
    }

    /// Throws what was found, if anything was.
    public func orThrow() throws(FieldErrors) {
        if !errors.isEmpty { throw FieldErrors(errors) }
    }

    // MARK: Any member

    /// Reads a member that must be there (`required` where it isn't); what `read` throws is recorded.
    public mutating func required<T>(
        _ key: String, _ read: (_ value: JSON, _ pointer: String) throws(FieldError) -> T
    ) -> T? {
        guard members != nil else { return nil }
        guard has(key) else {
            unread.remove(key)
            fail(key, "required")
            return nil
        }
        return optional(key, read)
    }

    /// Reads a member that may be absent; what `read` throws is recorded.
    public mutating func optional<T>(
        _ key: String, _ read: (_ value: JSON, _ pointer: String) throws(FieldError) -> T
    ) -> T? {
        unread.remove(key)
        guard let value = members?[key], !value.isNull else { return nil }
        do {
            return try read(value, JSONPointer.member(key, of: pointer))
        } catch {
            record(error)
            return nil
        }
    }
}

// MARK: - Objects and arrays

extension ObjectReader {
    /// Reads an object that must be there; its own unknown members are errors as well.
    public mutating func object<T>(_ key: String, _ body: (inout ObjectReader) -> T?) -> T? {
        required(key) { json, pointer throws(FieldError) in (json, pointer) }.flatMap { nested($0, $1, body) }
    }

    /// Reads an object that may be absent.
    public mutating func optionalObject<T>(_ key: String, _ body: (inout ObjectReader) -> T?) -> T? {
        optional(key) { json, pointer throws(FieldError) in (json, pointer) }.flatMap { nested($0, $1, body) }
    }

    /// Reads an array that must be there, element by element. Longer than `maxCount`: `tooMany`, and none is read.
    /// Nil where one element is wrong.
    public mutating func array<T>(
        _ key: String, maxCount: Int = 1000,
        of element: (_ value: JSON, _ pointer: String) throws(FieldError) -> T
    ) -> [T]? {
        guard let (elements, pointer) = required(key, Self.elements(atMost: maxCount)) else { return nil }
        return each(elements, pointer, element)
    }

    /// Reads an array that may be absent, element by element.
    public mutating func optionalArray<T>(
        _ key: String, maxCount: Int = 1000,
        of element: (_ value: JSON, _ pointer: String) throws(FieldError) -> T
    ) -> [T]? {
        guard let (elements, pointer) = optional(key, Self.elements(atMost: maxCount)) else { return nil }
        return each(elements, pointer, element)
    }

    /// Reads an array of objects that must be there.
    public mutating func objects<T>(
        _ key: String, maxCount: Int = 1000, of body: (inout ObjectReader) -> T?
    ) -> [T]? {
        guard let (elements, pointer) = required(key, Self.elements(atMost: maxCount)) else { return nil }
        return eachObject(elements, pointer, body)
    }

    /// Reads an array of objects that may be absent.
    public mutating func optionalObjects<T>(
        _ key: String, maxCount: Int = 1000, of body: (inout ObjectReader) -> T?
    ) -> [T]? {
        guard let (elements, pointer) = optional(key, Self.elements(atMost: maxCount)) else { return nil }
        return eachObject(elements, pointer, body)
    }

    private static func elements(
        atMost maxCount: Int
    ) -> (_ value: JSON, _ pointer: String) throws(FieldError) -> ([JSON], String) {
        { json, pointer throws(FieldError) in
            guard let elements = json.array else {
                throw FieldError(pointer: pointer, code: "wrongType", arguments: ["array"])
            }
            guard elements.count <= maxCount else {
                throw FieldError(pointer: pointer, code: "tooMany", arguments: [String(maxCount)])
            }
            return (elements, pointer)
        }
    }

    private mutating func nested<T>(_ json: JSON, _ pointer: String, _ body: (inout ObjectReader) -> T?) -> T? {
        var reader = ObjectReader(json, at: pointer)
        let value = body(&reader)
        reader.finish()
        errors += reader.errors
        return reader.errors.isEmpty ? value : nil
    }

    private mutating func each<T>(
        _ elements: [JSON], _ pointer: String, _ read: (JSON, String) throws(FieldError) -> T
    ) -> [T]? {
        let before = errors.count
        var values: [T] = []
        for (index, element) in elements.enumerated() {
            do {
                values.append(try read(element, JSONPointer.element(index, of: pointer)))
            } catch {
                record(error)
            }
        }
        return errors.count == before ? values : nil
    }

    private mutating func eachObject<T>(
        _ elements: [JSON], _ pointer: String, _ body: (inout ObjectReader) -> T?
    ) -> [T]? {
        let values = elements.enumerated().map { index, element in
            nested(element, JSONPointer.element(index, of: pointer), body)
        }
        return values.allSatisfy { $0 != nil } ? values.compactMap { $0 } : nil
    }
}
