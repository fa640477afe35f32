import SQLDatabase

extension RightsSchema {
    static let deaths = Migration(
        "0890-deaths",
        """
        -- Since when a death is recorded, and nothing is written to the person; the timeline says who recorded it and why. When
        -- somebody died stands sealed with that event: a date beside the case would lead to them in the public list of deaths.
        ALTER TABLE rights_request ADD COLUMN silenced_at BIGINT;
        -- Letters that are not to go out any more. What is sealed in them stays until the case goes: the record may be a mistake.
        ALTER TABLE letter ADD COLUMN withheld_at BIGINT;
        """)
}
