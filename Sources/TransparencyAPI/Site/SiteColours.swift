import Foundation

extension Site.Colours {
    /// `/css/site-colours.css`: the variables that the style sheet builds on.
    public var styleSheet: String {
        """
        :root {
        \(light.variables)
        }
        @media (prefers-color-scheme: dark) {
          :root {
        \(dark.variables)
          }
        }

        """
    }

    /// A colour that is not one, or a pair that some can't read (WCAG 2.2, 1.4.3: 4.5 to 1).
    func flaw() -> String? {
        for (scheme, palette) in [("light", light), ("dark", dark)] {
            let colours = [
                ("accent", palette.accent), ("onAccent", palette.onAccent), ("spark", palette.spark),
                ("paper", palette.paper), ("band", palette.band), ("onBand", palette.onBand),
            ]
            var luminances: [String: Double] = [:]
            for (name, colour) in colours {
                guard let luminance = Self.luminance(colour) else {
                    return "colours.\(scheme).\(name): “\(colour)” is not #rrggbb"
                }
                luminances[name] = luminance
            }
            for (text, ground) in [("onAccent", "accent"), ("accent", "paper"), ("onBand", "band")] {
                guard let first = luminances[text], let second = luminances[ground] else { continue }
                let contrast = (max(first, second) + 0.05) / (min(first, second) + 0.05)
                if contrast < 4.5 {
                    return "colours.\(scheme): \(text) on \(ground) has too little contrast to be read"
                }
            }
        }
        return nil
    }

    /// Relative luminance as WCAG defines it, of `#rrggbb`.
    private static func luminance(_ colour: String) -> Double? {
        guard colour.utf8.count == 7, colour.hasPrefix("#"), let value = Int(colour.dropFirst(), radix: 16), value >= 0
        else { return nil }
        let channels = [value >> 16, value >> 8 & 255, value & 255].map { channel in
            let share = Double(channel) / 255
            return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    }
}

extension Site.Palette {
    fileprivate var variables: String {
        """
          --accent: \(accent);
          --on-accent: \(onAccent);
          --spark: \(spark);
          --paper: \(paper);
          --band: \(band);
          --on-band: \(onBand);
        """
    }
}
