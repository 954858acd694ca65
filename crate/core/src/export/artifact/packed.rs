//! `gap`, `skip` and `codes`: FORMAT.md sections 5.3 to 5.5. Each is written, and measured without writing.

use super::array::{Size, code_of, padded, table_bytes, with_zero, words};
use super::matrix::Integers;
use super::support::{Support, gaps_of};
use ndarray::Array2;
use sepal_runtime::{Format, Layout};

/// Bytes of a head, which counts up to `MOST_COUNT`.
const HEAD: usize = 4;
const MOST_COUNT: usize = (1 << 24) - 1;
/// Bits of a word.
const WORD: usize = 32;

/// Bytes of `integers` in `layout` and what a kernel does with them; `None` where the layout cannot hold them.
pub(super) fn size(layout: Layout, integers: &Integers, support: &Support) -> Option<Size> {
    book(layout, integers)?;
    match layout.format {
        Format::Gap => gap_size(layout, support),
        Format::Skip => skip_size(layout, support),
        _ => Some(codes_size(layout, support.dim)),
    }
}

/// The array; as long as [`size`] says.
pub(super) fn store(layout: Layout, integers: &Integers) -> Option<Vec<u8>> {
    let book = book(layout, integers)?;
    Some(match layout.format {
        Format::Gap => gap(layout, &integers.values, &book),
        Format::Skip => skip(layout, &integers.values, &book),
        _ => codes(layout, &integers.values, &book),
    })
}

/// The values that codes select; none where values are stored as they are.
fn book(layout: Layout, integers: &Integers) -> Option<Vec<i8>> {
    let codes = layout.table_bytes();
    match layout.format {
        _ if layout.bits == 8 => Some(Vec::new()),
        Format::Gap => integers.book(codes),
        Format::Skip => {
            let mut book = integers.book(codes - 1)?;
            book.insert(0, 0);
            Some(book)
        }
        _ => with_zero(&integers.values, integers.book(codes)?, codes),
    }
}

/// Steps from a row's last value to behind its end, `rest` columns further.
fn last_steps(rest: usize, layout: Layout) -> usize {
    rest.div_ceil(1 << layout.step_bits()).max(1)
}

/// Bytes of `gap` for `count` values with `bits` bits in the stream.
fn gap_bytes(layout: Layout, count: usize, bits: usize) -> usize {
    let per = WORD.checked_div(layout.width as usize);
    let fields = per.map_or(0, |per| 4 * count.div_ceil(per));
    let (total, values) = if layout.bits == 8 { (4, count.next_multiple_of(4)) } else { (0, 0) };
    HEAD + total + layout.table_bytes() + 4 * bits.div_ceil(WORD) + fields + values
}

/// The bytes of `gap` from where values are.
///
/// Returns nothing where the stream is longer than a head can say.
pub fn gap_size(layout: Layout, support: &Support) -> Option<Size> {
    let shift = layout.step_bits();
    let between = support.gaps.iter().map(|gap| gap >> shift).sum::<usize>();
    let behind = support.rests.iter().map(|rest| last_steps(*rest, layout)).sum::<usize>();
    let (entries, steps) = (support.gaps.len(), between + behind);
    let bits = entries + steps + support.dim.0;
    let bytes = gap_bytes(layout, entries, bits);
    (bits.div_ceil(WORD) <= MOST_COUNT).then_some(Size { bytes, entries, steps, most: support.most })
}

/// No fewer bytes than `gap` takes for `count` values in a matrix of `dim` (rows, columns), wherever they are.
/// More values never give fewer bytes.
pub fn gap_bound(layout: Layout, count: usize, (rows, cols): (usize, usize)) -> usize {
    let columns = (rows * cols).saturating_sub(count);
    gap_bytes(layout, count, count + 2 * rows + (columns >> layout.step_bits()))
}

fn gap(layout: Layout, values: &Array2<i8>, book: &[i8]) -> Vec<u8> {
    let shift = layout.step_bits();
    let (mut bits, mut entries, mut kept) = (Bits::default(), Vec::new(), Vec::new());
    for row in values.rows() {
        let (gaps, rest) = gaps_of(row);
        for (gap, &value) in gaps {
            bits.steps(gap >> shift);
            let low = (gap & ((1 << shift) - 1)) as u32;
            if layout.bits == 8 {
                entries.push(low);
                kept.push(value.cast_unsigned());
            } else {
                entries.push(low << layout.bits | code_of(book, value));
            }
        }
        bits.steps(last_steps(rest, layout));
    }
    let stream = bits.words();
    let mut array = layout.head(stream.len() as u32).to_le_bytes().to_vec();
    if layout.bits == 8 {
        array.extend((kept.len() as u32).to_le_bytes());
    }
    array.extend(table_bytes(book, layout.table_bytes()));
    array.extend(words(stream));
    array.extend(fields(&entries, layout.width as usize));
    array.extend(padded(kept));
    array
}

/// The stream of bits: halfwords, from the top bit down.
#[derive(Default)]
struct Bits {
    halves: Vec<u16>,
    used: usize,
}

impl Bits {
    fn push(&mut self, bit: u16) {
        if self.used.is_multiple_of(16) {
            self.halves.push(0);
        }
        if let Some(half) = self.halves.last_mut() {
            *half |= bit << (15 - self.used % 16);
        }
        self.used += 1;
    }

    /// Ones, and a zero behind them.
    fn steps(&mut self, count: usize) {
        (0..count).for_each(|_| self.push(1));
        self.push(0);
    }

    fn words(&self) -> Vec<u32> {
        let word = |pair: &[u16]| pair.iter().rev().fold(0, |word, half| word << 16 | u32::from(*half));
        // A single half is the lower one.
        self.halves.chunks(2).map(word).collect()
    }
}

/// Fields of some bits: bytes, or from the top of each word down, with a 1 and a 0 below five of 6 bits.
fn fields(entries: &[u32], width: usize) -> Vec<u8> {
    if width == 8 {
        return padded(entries.iter().map(|entry| *entry as u8).collect());
    }
    let Some(per) = WORD.checked_div(width) else { return Vec::new() };
    let lowest = if width == 6 { 2 } else { 0 };
    let word = |chunk: &[u32]| {
        chunk.iter().enumerate().fold(lowest, |word, (j, entry)| word | entry << (WORD - width * (j + 1)))
    };
    words(entries.chunks(per).map(word))
}

/// Entries that skip `steps` steps, each up to 2^k of them.
fn skips(steps: usize, layout: Layout) -> usize {
    steps.div_ceil(1 << layout.step_bits())
}

/// The bytes of `skip` from where values are.
///
/// Returns nothing where there are more entries than a head can say.
pub fn skip_size(layout: Layout, support: &Support) -> Option<Size> {
    let shift = layout.step_bits();
    let between = support.gaps.iter().map(|gap| skips(gap >> shift, layout)).sum::<usize>();
    let behind = support.rests.iter().map(|rest| skips(last_steps(*rest, layout), layout)).sum::<usize>();
    let (entries, steps) = (support.gaps.len(), between + behind);
    let bytes = HEAD + layout.table_bytes() + (entries + steps).next_multiple_of(4);
    (entries + steps <= MOST_COUNT).then_some(Size { bytes, entries, steps, most: support.most })
}

/// As [`gap_bound`], for `skip`.
pub fn skip_bound(layout: Layout, count: usize, (rows, cols): (usize, usize)) -> usize {
    let columns = (rows * cols).saturating_sub(count);
    // One entry for each step, or for each gap as many as the widest takes.
    let by_columns = rows + (columns >> layout.step_bits());
    let by_gaps = (count + rows) * skips(last_steps(cols, layout), layout);
    HEAD + layout.table_bytes() + (count + by_columns.min(by_gaps)).next_multiple_of(4)
}

fn skip(layout: Layout, values: &Array2<i8>, book: &[i8]) -> Vec<u8> {
    let shift = layout.step_bits();
    let mut entries = Vec::new();
    for row in values.rows() {
        let (gaps, rest) = gaps_of(row);
        for (gap, &value) in gaps {
            push_skips(&mut entries, gap >> shift, layout);
            let low = (gap & ((1 << shift) - 1)) as u32;
            entries.push((low << layout.bits | code_of(book, value)) as u8);
        }
        push_skips(&mut entries, last_steps(rest, layout), layout);
    }
    let mut array = layout.head(entries.len() as u32).to_le_bytes().to_vec();
    array.extend(table_bytes(book, layout.table_bytes()));
    array.extend(padded(entries));
    array
}

fn push_skips(entries: &mut Vec<u8>, mut steps: usize, layout: Layout) {
    while steps > 0 {
        let own = steps.min(1 << layout.step_bits());
        entries.push(((own - 1) << layout.bits) as u8);
        steps -= own;
    }
}

/// The bytes of `codes` for a matrix of `dim` (rows, columns).
pub fn codes_size(layout: Layout, (rows, cols): (usize, usize)) -> Size {
    let entries = rows * cols;
    let bytes = layout.bits as usize * entries.div_ceil(8);
    Size::of(HEAD + layout.table_bytes() + bytes, entries)
}

fn codes(layout: Layout, values: &Array2<i8>, book: &[i8]) -> Vec<u8> {
    let codes: Vec<u32> = values.iter().map(|value| code_of(book, *value)).collect();
    let mut array = layout.head(0).to_le_bytes().to_vec();
    array.extend(table_bytes(book, layout.table_bytes()));
    for eight in codes.chunks(8) {
        let word = eight.iter().rev().fold(0, |word, code| word << layout.bits | code);
        array.extend(word.to_le_bytes().iter().take(layout.bits as usize));
    }
    padded(array)
}
