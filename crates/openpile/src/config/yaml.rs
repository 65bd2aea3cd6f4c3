use super::error::{ConfigError, Origin};
use super::tree::{Entry, Node, Value};
use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};
use std::sync::Arc;

/// Longest configuration text.
pub(super) const TEXT_MAX: usize = 256 * 1024;
/// Deepest nesting; the deepest key of ours stands four levels down.
const DEPTH_MAX: usize = 16;

/// Reads one YAML document. `origin_at` says where a line and a column of the text are.
///
/// Anchors, aliases, tags, several documents and repeated keys are refused: they have no use in
/// a configuration and each has surprised somebody.
pub(super) fn read(
    text: &str,
    origin_at: &dyn Fn(usize, usize) -> Origin,
) -> Result<Node, ConfigError> {
    if text.len() > TEXT_MAX {
        let message = format!("longer than {TEXT_MAX} bytes");
        return Err(ConfigError::new(&origin_at(1, 1), "", message));
    }
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        origin_at,
        last: origin_at(1, 1),
    };
    let mut document = None;
    loop {
        let (event, origin) = reader.next()?;
        match event {
            Event::StreamEnd => break,
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
            _ if document.is_some() => {
                return Err(ConfigError::new(
                    &origin,
                    "",
                    "only one document is allowed",
                ));
            }
            event => document = Some(reader.node(event, origin, 0)?),
        }
    }
    Ok(document.unwrap_or_else(|| Node {
        value: Value::Null,
        origin: origin_at(1, 1),
    }))
}

/// Reads the text of a file, naming `file` in errors.
pub(super) fn read_file(file: &str, text: &str) -> Result<Node, ConfigError> {
    let file: Arc<str> = file.into();
    read(text, &|line, column| Origin::File {
        file: Arc::clone(&file),
        line,
        column,
    })
}

struct Reader<'text> {
    parser: Parser<'text, StrInput<'text>>,
    origin_at: &'text dyn Fn(usize, usize) -> Origin,
    last: Origin,
}

impl<'text> Reader<'text> {
    fn next(&mut self) -> Result<(Event<'text>, Origin), ConfigError> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                self.last = self.origin_of(&span);
                Ok((event, self.last.clone()))
            }
            Some(Err(error)) => Err(self.syntax_error(&error)),
            None => Ok((Event::StreamEnd, self.last.clone())),
        }
    }

    fn origin_of(&self, span: &Span) -> Origin {
        (self.origin_at)(span.start.line(), span.start.col() + 1)
    }

    fn syntax_error(&self, error: &ScanError) -> ConfigError {
        let mark = error.marker();
        let origin = (self.origin_at)(mark.line(), mark.col() + 1);
        ConfigError::new(&origin, "", format!("not valid YAML: {}", error.info()))
    }

    fn node(
        &mut self,
        event: Event<'text>,
        origin: Origin,
        depth: usize,
    ) -> Result<Node, ConfigError> {
        if depth > DEPTH_MAX {
            return Err(ConfigError::new(&origin, "", "nested too deeply"));
        }
        let value = match event {
            Event::Scalar(text, style, 0, None) => {
                let plain = style == ScalarStyle::Plain;
                match text.as_ref() {
                    "" | "~" | "null" if plain => Value::Null,
                    text => Value::Scalar(text.to_owned()),
                }
            }
            Event::SequenceStart(_, 0, None) => self.list(depth)?,
            Event::MappingStart(_, 0, None) => self.map(depth)?,
            _ => {
                let message = "anchors, aliases and tags are not supported";
                return Err(ConfigError::new(&origin, "", message));
            }
        };
        Ok(Node { value, origin })
    }

    fn list(&mut self, depth: usize) -> Result<Value, ConfigError> {
        let mut items = Vec::new();
        loop {
            let (event, origin) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Value::List(items));
            }
            items.push(self.node(event, origin, depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, ConfigError> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, key_origin) = self.next()?;
            let key = match event {
                Event::MappingEnd => return Ok(Value::Map(entries)),
                Event::Scalar(key, _, 0, None) => key.into_owned(),
                _ => {
                    return Err(ConfigError::new(
                        &key_origin,
                        "",
                        "a key must be a plain word",
                    ));
                }
            };
            if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                let message = format!("key stands twice, first at {}", first.key_origin);
                return Err(ConfigError::new(&key_origin, &key, message));
            }
            let (event, origin) = self.next()?;
            let node = self
                .node(event, origin, depth + 1)
                .map_err(|error| error.below(&key))?;
            entries.push(Entry {
                key,
                key_origin,
                node,
            });
        }
    }
}
