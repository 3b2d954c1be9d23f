//! What a service's schema says of a place among its fields: whether a day stands there, and whether it may be left out.
//!
//! Only what is declared counts. A text that looks like a day is a text: registers number their entries in all ways.

use serde_json::Value;

/// The schemas that hold at one place: the one that is written there, and what it refers to and is composed of.
pub(crate) struct Place<'s> {
    root: &'s Value,
    schemas: Vec<&'s Value>,
}

impl<'s> Place<'s> {
    /// The whole of a service's fields.
    pub(crate) fn root(schema: &'s Value) -> Self {
        Self::of(schema, vec![schema])
    }

    fn of(root: &'s Value, written: Vec<&'s Value>) -> Self {
        let mut schemas: Vec<&Value> = Vec::new();
        let mut waiting = written;
        while let Some(schema) = waiting.pop() {
            if schemas.iter().any(|seen| std::ptr::eq(*seen, schema)) {
                continue;
            }
            schemas.push(schema);
            let reference = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
            waiting.extend(reference.and_then(|pointer| root.pointer(pointer)));
            waiting.extend(["then", "else"].iter().filter_map(|name| schema.get(name)));
            let composed = ["allOf", "anyOf", "oneOf"].iter().filter_map(|name| schema[name].as_array());
            waiting.extend(composed.flatten());
        }
        Self { root, schemas }
    }

    fn below(&self, written: impl Fn(&'s Value) -> Option<&'s Value>) -> Self {
        Self::of(self.root, self.schemas.iter().filter_map(|schema| written(schema)).collect())
    }

    /// A member of the object that stands here.
    pub(crate) fn member(&self, name: &str) -> Self {
        self.below(|schema| schema["properties"].get(name).or_else(|| schema.get("additionalProperties")))
    }

    /// An item of the list that stands here.
    pub(crate) fn item(&self, index: usize) -> Self {
        self.below(|schema| schema["prefixItems"].get(index).or_else(|| schema.get("items")))
    }

    /// What a JSON Pointer below this place leads to.
    pub(crate) fn at(self, pointer: &str) -> Self {
        pointer.split('/').skip(1).map(|name| name.replace("~1", "/").replace("~0", "~")).fold(self, |place, name| {
            match name.parse() {
                Ok(index) if place.is_list() => place.item(index),
                _ => place.member(&name),
            }
        })
    }

    fn is_list(&self) -> bool {
        self.schemas.iter().any(|schema| schema.get("items").or_else(|| schema.get("prefixItems")).is_some())
    }

    /// A civil day stands here.
    pub(crate) fn is_day(&self) -> bool {
        self.schemas.iter().any(|schema| schema["format"] == "date")
    }

    /// A whole number stands here.
    pub(super) fn is_integer(&self) -> bool {
        self.schemas.iter().any(|schema| schema["type"] == "integer")
    }

    /// A member that has to be there.
    pub(super) fn requires(&self, name: &str) -> bool {
        let listed = self.schemas.iter().filter_map(|schema| schema["required"].as_array());
        listed.flatten().any(|member| member == name)
    }
}

/// The value without every member that may be left out.
pub(super) fn bare(value: &Value, place: &Place<'_>) -> Value {
    match value {
        Value::Array(items) => items.iter().enumerate().map(|(n, item)| bare(item, &place.item(n))).collect(),
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| place.requires(name))
            .map(|(name, member)| (name.clone(), bare(member, &place.member(name))))
            .collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema() -> Value {
        json!({
            "required": ["day", "list"],
            "properties": {
                "day": {"type": "string", "format": "date"},
                "number": {"type": "string", "maxLength": 64},
                "by_reference": {"$ref": "#/$defs/day"},
                "composed": {"allOf": [{"type": "string"}, {"anyOf": [{"const": "unknown"}, {"$ref": "#/$defs/day"}]}]},
                "list": {"items": {"required": ["on"], "properties": {"on": {"$ref": "#/$defs/day"}, "no": {"type": "string"}}}},
                "pair": {"prefixItems": [{"type": "string"}, {"format": "date"}]},
                "loop": {"$ref": "#/properties/loop"},
                "year": {"type": "integer"}
            },
            "additionalProperties": {"format": "date"},
            "$defs": {"day": {"type": "string", "format": "date"}}
        })
    }

    #[test]
    fn a_day_is_what_the_schema_declares_to_be_one() {
        let schema = schema();
        let is_day = |pointer: &str| Place::root(&schema).at(pointer).is_day();
        for pointer in ["/day", "/by_reference", "/composed", "/list/0/on", "/pair/1", "/other"] {
            assert!(is_day(pointer), "{pointer}");
        }
        for pointer in ["", "/number", "/list", "/list/0/no", "/pair/0", "/loop", "/year", "/day/x"] {
            assert!(!is_day(pointer), "{pointer}");
        }
        assert!(Place::root(&schema).at("/year").is_integer());
    }

    #[test]
    fn what_may_be_left_out_is_left_out_at_every_depth() {
        let full = json!({"day": "2026-01-01", "number": "7", "list": [{"on": "2026-01-02", "no": "8"}]});
        let schema = schema();
        assert_eq!(bare(&full, &Place::root(&schema)), json!({"day": "2026-01-01", "list": [{"on": "2026-01-02"}]}));
    }
}
