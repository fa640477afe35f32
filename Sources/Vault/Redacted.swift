/// A value that holds a secret: neither `print`, nor a log, nor `dump` shows anything of it but its type's name.
public protocol Redacted: CustomStringConvertible, CustomReflectable {}

extension Redacted {
    /// The type's name alone.
    public var description: String { "\(Self.self)(…)" }
    /// No children: nothing to dump.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
