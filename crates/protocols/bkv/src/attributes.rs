//! Typed sets of BKV elements: each known key is a field, and nothing else is lost.
//!
//! Devices order elements as they like, add keys that no document names and write known ones in
//! other sizes. A set therefore remembers the order and the sizes in which it came when they
//! differ from the documented ones, so that writing it again gives the same bytes.

use crate::clock::BcdTime;
use crate::codes::{ChargeMode, ControlType, Outcome, ServiceFeeMode, StatusByte, Switch};
use crate::element::{Element, ElementError, Elements, Key, put_raw, uint};
use crate::message::CardNo;
use smallvec::SmallVec;
use wire::{Digits, printable};

/// Elements that have a type of their own.
pub(crate) trait AttributeSet: Default {
    /// Reads a list of elements.
    fn read(elements: Elements<'_>) -> Result<Self, ElementError>;

    /// Appends the elements.
    fn write(&self, out: &mut Vec<u8>);
}

/// The value of an element.
pub(crate) trait Attribute: Sized {
    /// The value, or `None` when it does not fit the type; it is then kept as it is.
    fn read(value: &[u8]) -> Option<Self>;

    /// Appends the value, numbers in `width` bytes or as many as they need.
    fn write(&self, width: usize, out: &mut Vec<u8>);
}

macro_rules! number_attributes {
    ($($number:ty),*) => {$(
        impl Attribute for $number {
            fn read(value: &[u8]) -> Option<Self> {
                uint(value).and_then(|number| Self::try_from(number).ok())
            }

            fn write(&self, width: usize, out: &mut Vec<u8>) {
                put_number(u64::from(*self), width, out);
            }
        }
    )*};
}

number_attributes!(u8, u16, u32);

macro_rules! code_attributes {
    ($($code:ty),*) => {$(
        impl Attribute for $code {
            fn read(value: &[u8]) -> Option<Self> {
                u8::read(value).map(Self::from)
            }

            fn write(&self, width: usize, out: &mut Vec<u8>) {
                u8::from(*self).write(width, out);
            }
        }
    )*};
}

code_attributes!(ChargeMode, ControlType, Outcome, ServiceFeeMode, Switch);

impl Attribute for StatusByte {
    fn read(value: &[u8]) -> Option<Self> {
        u8::read(value).map(Self)
    }

    fn write(&self, width: usize, out: &mut Vec<u8>) {
        self.0.write(width, out);
    }
}

impl Attribute for BcdTime {
    fn read(value: &[u8]) -> Option<Self> {
        value.try_into().ok().map(Self)
    }

    fn write(&self, _width: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}

impl Attribute for CardNo {
    fn read(value: &[u8]) -> Option<Self> {
        value.try_into().ok().map(|bytes| Self(Digits(bytes)))
    }

    fn write(&self, _width: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.0);
    }
}

/// A value of any length that no number is made of: text, or a list in a form of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// The value as text, without padding.
    pub fn text(&self) -> String {
        printable(&self.0)
    }
}

impl Attribute for Bytes {
    fn read(value: &[u8]) -> Option<Self> {
        Some(Self(value.to_vec()))
    }

    fn write(&self, _width: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}

fn put_number(number: u64, width: usize, out: &mut Vec<u8>) {
    let bytes = number.to_be_bytes();
    let needed = bytes.len() - bytes.iter().take_while(|byte| **byte == 0).count();
    let width = width.max(needed).min(bytes.len());
    out.extend_from_slice(bytes.get(bytes.len() - width..).unwrap_or_default());
}

/// Where one element stands in its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// A field, with the size of its value; 0 where the size says nothing.
    Field { key: u32, width: usize },
    /// An element that is no field.
    Other {
        text_key: bool,
        key: Vec<u8>,
        value: Vec<u8>,
    },
}

impl Slot {
    pub(crate) fn other(element: &Element<'_>) -> Self {
        let (text_key, key) = match element.key {
            Key::Number(bytes) => (false, bytes),
            Key::Text(bytes) => (true, bytes),
        };
        Self::Other {
            text_key,
            key: key.to_vec(),
            value: element.value.to_vec(),
        }
    }
}

/// The slots of one list; few enough for the stack as a rule.
pub(crate) type Slots = SmallVec<[Slot; 17]>;

/// The order and the sizes in which a set came, where they are not the documented ones, and the
/// elements that are no fields. Empty in messages that we make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout(Vec<Slot>);

impl Layout {
    /// Whether everything came as documented.
    pub fn is_regular(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn of(found: Slots, regular: &Slots) -> Self {
        if found == *regular {
            return Self::default();
        }
        Self(found.into_vec())
    }

    /// The order for writing: as it came, then the fields that were set since.
    pub(crate) fn order(&self, regular: Slots, list_keys: &[u32]) -> Slots {
        if self.is_regular() {
            return regular;
        }
        let key_of = |slot: &Slot| match slot {
            Slot::Field { key, .. } => Some(*key),
            Slot::Other { .. } => None,
        };
        let is_item = |slot: &Slot| key_of(slot).is_some_and(|key| list_keys.contains(&key));
        let mut known_items = self.0.iter().filter(|slot| is_item(slot)).count();
        let mut order: Slots = self.0.iter().cloned().collect();
        for slot in regular {
            if is_item(&slot) {
                match known_items.checked_sub(1) {
                    Some(rest) => known_items = rest,
                    None => order.push(slot),
                }
            } else if !self.0.iter().any(|old| key_of(old) == key_of(&slot)) {
                order.push(slot);
            }
        }
        order
    }
}

pub(crate) fn put_other(text_key: bool, key: &[u8], value: &[u8], out: &mut Vec<u8>) {
    let key = if text_key {
        Key::Text(key)
    } else {
        Key::Number(key)
    };
    put_raw(key, value, out);
}

/// The keys of a set's list: the first of the alternatives, the last of which is "no list".
pub(crate) const fn first_of(alternatives: &'static [&'static [u32]]) -> &'static [u32] {
    match alternatives {
        [first, ..] => first,
        [] => &[],
    }
}

/// Declares a set of elements as a table: `key/size name: type`, in the documented order. A list
/// of nested sets may follow: `; [keys] name: type`, the n-th item under the n-th key, further
/// ones under the last. Size 0 means any.
macro_rules! attributes {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident {
            $( $(#[doc = $doc:literal])+ $key:literal / $width:literal $field:ident: $type:ty, )*
            $(; $(#[doc = $list_doc:literal])+ $keys:expr => $list:ident: $item:ty, )?
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $field: Option<$type>, )*
            $( $(#[doc = $list_doc])+ pub $list: Vec<$item>, )?
            /// How it came, where that is not the documented way.
            pub layout: $crate::attributes::Layout,
        }

        impl $name {
            const LIST_CHOICE: &'static [&'static [u32]] = &[$($keys,)? &[]];
            const LIST_KEYS: &'static [u32] = $crate::attributes::first_of(Self::LIST_CHOICE);

            fn regular(&self) -> $crate::attributes::Slots {
                let mut slots = $crate::attributes::Slots::new();
                slots.clear();
                $( if self.$field.is_some() {
                    slots.push($crate::attributes::Slot::Field { key: $key, width: $width });
                } )*
                $( for index in 0..self.$list.len() {
                    let key = Self::LIST_KEYS.get(index).or(Self::LIST_KEYS.last());
                    let key = key.copied().unwrap_or_default();
                    slots.push($crate::attributes::Slot::Field { key, width: 0 });
                } )?
                slots
            }
        }

        impl $crate::attributes::AttributeSet for $name {
            fn read(
                elements: $crate::element::Elements<'_>,
            ) -> Result<Self, $crate::element::ElementError> {
                use $crate::attributes::{Layout, Slot, Slots};
                let mut set = Self::default();
                let mut slots = Slots::new();
                for element in elements {
                    let element = element?;
                    let slot = match element.key.number() {
                        $( Some($key) if set.$field.is_none() => {
                            set.$field = $crate::attributes::Attribute::read(element.value);
                            let width = if $width == 0 { 0 } else { element.value.len() };
                            set.$field.is_some().then_some(Slot::Field { key: $key, width })
                        } )*
                        $( Some(key) if Self::LIST_KEYS.contains(&key) => {
                            set.$list.push(<$item>::read(element.children())?);
                            Some(Slot::Field { key, width: 0 })
                        } )?
                        _ => None,
                    };
                    slots.push(slot.unwrap_or_else(|| Slot::other(&element)));
                }
                set.layout = Layout::of(slots, &set.regular());
                Ok(set)
            }

            fn write(&self, out: &mut Vec<u8>) {
                use $crate::attributes::{Slot, put_other};
                $( let mut items = self.$list.iter(); )?
                for slot in self.layout.order(self.regular(), Self::LIST_KEYS) {
                    match slot {
                        $( Slot::Field { key: $key, width } => if let Some(field) = &self.$field {
                            let mut value = Vec::new();
                            $crate::attributes::Attribute::write(field, width, &mut value);
                            $crate::element::put($key, &value, out);
                        } )*
                        $( Slot::Field { key, .. } if Self::LIST_KEYS.contains(&key) => {
                            if let Some(item) = items.next() {
                                let mut value = Vec::new();
                                <$item as $crate::attributes::AttributeSet>::write(item, &mut value);
                                $crate::element::put(key, &value, out);
                            }
                        } )?
                        Slot::Field { .. } => {}
                        Slot::Other { text_key, key, value } => {
                            put_other(text_key, &key, &value, out);
                        }
                    }
                }
            }
        }
    };
}

pub(crate) use attributes;
