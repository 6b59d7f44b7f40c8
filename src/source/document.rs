//! Reads one launch document, on its own, so that a bad one spoils only itself.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::query::Shape;
use crate::model::digest::sha256_hex;
use crate::model::document::{
    DocumentFault, Field, LaunchDocument, LaunchFields, PayloadReference, Reference,
};

/// What a reference is called that came as a bare id where the whole was asked for.
pub(crate) const BARE_ID: &str = "a bare id";

/// The keys of a launch that we read.
const LAUNCH_KEYS: [&str; 11] = [
    "id",
    "name",
    "date_utc",
    "date_precision",
    "static_fire_date_utc",
    "success",
    "upcoming",
    "flight_number",
    "launchpad",
    "rocket",
    "payloads",
];

/// Reads a document that came as `served`. Where those bytes are no UTF-8, `json` is the same text with each such
/// byte replaced: good enough to find the id in, and for nothing else.
pub(crate) fn read_document(json: &str, served: &[u8], shape: Shape) -> LaunchDocument {
    let text = String::from_utf8_lossy(served);
    let mut fields = read_fields(json, shape);
    let id = fields.as_ref().ok().and_then(|fields| valid_id(&fields.id));
    if matches!(text, Cow::Owned(_)) {
        fields = Err(DocumentFault::NotUtf8);
    }
    let content_sha256 = sha256_hex(served);
    LaunchDocument { id, text: text.into_owned(), content_sha256, fields }
}

/// The id, if it is one: 24 hex digits.
fn valid_id(id: &Field<String>) -> Option<String> {
    match id {
        Field::Value(id) if id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Some(id.clone())
        }
        _ => None,
    }
}

fn read_fields(json: &str, shape: Shape) -> Result<LaunchFields, DocumentFault> {
    if !json.trim_start().starts_with('{') {
        return Err(DocumentFault::NotAnObject);
    }
    let [
        id,
        name,
        date_utc,
        date_precision,
        static_fire_date_utc,
        success,
        upcoming,
        flight_number,
        launchpad,
        rocket,
        payloads,
    ] = read_object(json, &LAUNCH_KEYS)?;
    Ok(LaunchFields {
        id: text(id),
        name: text(name),
        date_utc: text(date_utc),
        date_precision: text(date_precision),
        static_fire_date_utc: text(static_fire_date_utc),
        success: boolean(success),
        upcoming: boolean(upcoming),
        flight_number: number(flight_number),
        launchpad: reference(launchpad, shape),
        rocket: reference(rocket, shape),
        payloads: payload_list(payloads, shape),
    })
}

type Raw<'a> = Option<&'a RawValue>;

/// The values of the named keys of a JSON object, each as its own text; other keys are passed over.
fn read_object<'a, const N: usize>(
    json: &'a str,
    keys: &'static [&'static str; N],
) -> Result<[Raw<'a>; N], DocumentFault> {
    let mut parser = serde_json::Deserializer::from_str(json);
    let object = parser.deserialize_map(Keys { keys });
    let (values, twice) = object.map_err(|error| DocumentFault::Unreadable(error.to_string()))?;
    match twice {
        Some(key) => Err(DocumentFault::DuplicateKey(key.to_owned())),
        None => Ok(values),
    }
}

struct Keys<const N: usize> {
    keys: &'static [&'static str; N],
}

impl<'de, const N: usize> Visitor<'de> for Keys<N> {
    type Value = ([Raw<'de>; N], Option<&'static str>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = [None; N];
        let mut twice = None;
        while let Some(key) = map.next_key::<Key<'de>>()? {
            let place = self.keys.iter().zip(&mut values).find(|(name, _)| **name == key.0);
            match place {
                Some((name, place)) => {
                    if place.replace(map.next_value::<&RawValue>()?).is_some() {
                        twice = Some(*name);
                    }
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok((values, twice))
    }
}

/// A key, borrowed where it holds no escape.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// What a value is, for a person.
fn described(json: &str) -> &'static str {
    match json.as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b'"') => "text",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// The value's text, if there is one.
fn present<T>(raw: Raw<'_>) -> Result<&str, Field<T>> {
    match raw.map(RawValue::get) {
        None => Err(Field::Missing),
        Some("null") => Err(Field::Null),
        Some(json) => Ok(json),
    }
}

fn text(raw: Raw<'_>) -> Field<String> {
    let json = match present(raw) {
        Ok(json) => json,
        Err(absent) => return absent,
    };
    let Some(inner) = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Field::Unreadable(described(json));
    };
    if !inner.contains('\\') {
        return Field::Value(inner.to_owned());
    }
    // What is left to go wrong once the document was read is half a surrogate pair.
    serde_json::from_str(json).map_or(Field::Unreadable("text with a lone surrogate"), Field::Value)
}

fn boolean(raw: Raw<'_>) -> Field<bool> {
    match present(raw) {
        Err(absent) => absent,
        Ok("true") => Field::Value(true),
        Ok("false") => Field::Value(false),
        Ok(json) => Field::Unreadable(described(json)),
    }
}

fn number(raw: Raw<'_>) -> Field<String> {
    match present(raw) {
        Err(absent) => absent,
        Ok(json) if json.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
            Field::Value(json.to_owned())
        }
        Ok(json) => Field::Unreadable(described(json)),
    }
}

fn reference(raw: Raw<'_>, shape: Shape) -> Field<Reference> {
    let json = match present(raw) {
        Ok(json) => json,
        Err(absent) => return absent,
    };
    match described(json) {
        "an object" => match read_object(json, &["id", "name"]) {
            Ok([id, name]) => Field::Value(Reference { id: text(id), name: text(name) }),
            Err(_) => Field::Unreadable("an object with a key twice"),
        },
        "text" if shape == Shape::Populated => Field::Unreadable(BARE_ID),
        "text" => Field::Value(Reference { id: text(raw), name: Field::Missing }),
        other => Field::Unreadable(other),
    }
}

fn payload_list(raw: Raw<'_>, shape: Shape) -> Field<Vec<Field<PayloadReference>>> {
    let json = match present(raw) {
        Ok(json) => json,
        Err(absent) => return absent,
    };
    match serde_json::from_str::<Vec<&RawValue>>(json) {
        Ok(list) => Field::Value(list.into_iter().map(|entry| payload(entry, shape)).collect()),
        Err(_) => Field::Unreadable(described(json)),
    }
}

fn payload(raw: &RawValue, shape: Shape) -> Field<PayloadReference> {
    let json = raw.get();
    match described(json) {
        "null" => Field::Null,
        "an object" => match read_object(json, &["id", "name", "mass_kg"]) {
            Ok([id, name, mass_kg]) => Field::Value(PayloadReference {
                id: text(id),
                name: text(name),
                mass_kg: number(mass_kg),
            }),
            Err(_) => Field::Unreadable("an object with a key twice"),
        },
        "text" if shape == Shape::Populated => Field::Unreadable(BARE_ID),
        "text" => Field::Value(PayloadReference { id: text(Some(raw)), ..Default::default() }),
        other => Field::Unreadable(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "5eb87cd9ffd86e000604b32a";

    fn read(json: &str) -> LaunchDocument {
        read_document(json, json.as_bytes(), Shape::Populated)
    }

    fn fields(json: &str) -> LaunchFields {
        read(json).fields.unwrap()
    }

    #[test]
    fn a_populated_document_is_read_whole() {
        let json = format!(
            r#"{{"id":"{ID}","name":"Starlink é\n","date_utc":"2022-05-06T09:42:00.000Z",
            "static_fire_date_utc":null,"success":true,"upcoming":false,"flight_number":187,"links":{{"a":[1]}},
            "launchpad":{{"name":"KSC LC 39A","id":"5e9e4502f509094188566f88"}},"rocket":null,
            "payloads":[{{"mass_kg":5383.855,"name":"x","id":"{ID}"}},null,7,"{ID}"]}}"#
        );
        let document = read(&json);
        assert_eq!(document.id.as_deref(), Some(ID));
        assert_eq!(document.text, json);
        let fields = document.fields.unwrap();
        assert_eq!(fields.name, Field::Value("Starlink é\n".to_owned()));
        assert_eq!(fields.date_precision, Field::Missing);
        assert_eq!(fields.static_fire_date_utc, Field::Null);
        assert_eq!(fields.flight_number, Field::Value("187".to_owned()));
        assert_eq!(fields.rocket, Field::Null);
        let Field::Value(payloads) = fields.payloads else { panic!("no list") };
        assert_eq!(
            payloads,
            [
                Field::Value(PayloadReference {
                    id: Field::Value(ID.to_owned()),
                    name: Field::Value("x".to_owned()),
                    mass_kg: Field::Value("5383.855".to_owned()),
                }),
                Field::Null,
                Field::Unreadable("a number"),
                Field::Unreadable(BARE_ID),
            ]
        );
    }

    #[test]
    fn a_bare_id_is_a_reference_where_nothing_was_populated() {
        let json = format!(r#"{{"launchpad":"{ID}","payloads":["{ID}"]}}"#);
        let document = read_document(&json, json.as_bytes(), Shape::Plain);
        let fields = document.fields.unwrap();
        let id = Field::Value(ID.to_owned());
        assert_eq!(
            fields.launchpad,
            Field::Value(Reference { id: id.clone(), name: Field::Missing })
        );
        assert_eq!(
            fields.payloads,
            Field::Value(vec![Field::Value(PayloadReference { id, ..Default::default() })])
        );
    }

    #[test]
    fn types_are_never_guessed() {
        let fields = fields(
            r#"{"name":5,"success":"true","upcoming":1,"flight_number":"7","launchpad":[],"payloads":{}}"#,
        );
        assert_eq!(fields.name, Field::Unreadable("a number"));
        assert_eq!(fields.success, Field::Unreadable("text"));
        assert_eq!(fields.upcoming, Field::Unreadable("a number"));
        assert_eq!(fields.flight_number, Field::Unreadable("text"));
        assert_eq!(fields.launchpad, Field::Unreadable("a list"));
        assert_eq!(fields.payloads, Field::Unreadable("an object"));
    }

    #[test]
    fn what_spoils_a_parser_spoils_one_field_at_most() {
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        let fields = fields(&format!(
            r#"{{"name":"\ud800","flight_number":1e400,"details":{deep},"date_utc":{deep},"date_precision":"a\u0000"}}"#
        ));
        assert_eq!(fields.name, Field::Unreadable("text with a lone surrogate"));
        assert_eq!(fields.flight_number, Field::Value("1e400".to_owned()));
        assert_eq!(fields.date_utc, Field::Unreadable("a list"));
        assert_eq!(fields.date_precision, Field::Value("a\0".to_owned()));
    }

    #[test]
    fn a_document_that_is_none_says_why() {
        for json in ["null", "[]", "7", "\"x\""] {
            assert_eq!(read(json).fields, Err(DocumentFault::NotAnObject));
        }
        let twice = read(&format!(r#"{{"id":"{ID}","name":"a","n\u0061me":"b"}}"#));
        assert_eq!(twice.fields, Err(DocumentFault::DuplicateKey("name".to_owned())));
        assert!(fields(r#"{"details":1,"details":2}"#).name == Field::Missing);
    }

    #[test]
    fn an_id_is_24_hex_digits_or_none() {
        for json in [
            r#"{"id":7}"#,
            r#"{"id":""}"#,
            r#"{"id":"../x"}"#,
            r#"{"id":"5eb87cd9ffd86e000604b32"}"#,
            r#"{"id":"5eb87cd9ffd86e000604b32g"}"#,
            r#"{"id":null}"#,
            "{}",
        ] {
            assert_eq!(read(json).id, None, "{json}");
        }
        assert_eq!(read(&format!(r#"{{"id":"{ID}"}}"#)).id.as_deref(), Some(ID));
    }
}
