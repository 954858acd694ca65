//! Resizing by linear interpolation, each axis by itself.

/// Weights of the stored positions that make one new position.
struct Tap {
    from: usize,
    weights: Vec<f32>,
}

/// Triangles as wide as a step between new positions, where that is wider than one between stored ones:
/// so nothing is skipped where a picture shrinks. **Source**: as Pillow's BILINEAR does, without its
/// rounding.
fn taps(stored: usize, new: usize) -> Vec<Tap> {
    let step = stored as f32 / new.max(1) as f32;
    let width = step.max(1.0);
    let tap = |index: usize| {
        let centre = (index as f32 + 0.5) * step;
        let from = (centre - width + 0.5).max(0.0) as usize;
        let to = ((centre + width + 0.5) as usize).clamp(from + 1, stored.max(from + 1));
        let weight = |at: usize| (1.0 - ((at as f32 + 0.5 - centre) / width).abs()).max(0.0);
        let weights: Vec<f32> = (from..to).map(weight).collect();
        let sum: f32 = weights.iter().sum();
        Tap { from, weights: weights.iter().map(|w| w / sum.max(f32::MIN_POSITIVE)).collect() }
    };
    (0..new).map(tap).collect()
}

/// A picture of `stored` rows and columns, `channels` values for each pixel, with `new` rows and columns.
pub(crate) fn resize(
    pixels: &[u8],
    stored: (usize, usize),
    new: (usize, usize),
    channels: usize,
) -> Vec<f32> {
    if stored == new {
        return pixels.iter().copied().map(f32::from).collect();
    }
    let (rows, columns) = (taps(stored.0, new.0), taps(stored.1, new.1));
    let mut wide = Vec::with_capacity(stored.0 * new.1 * channels);
    for row in pixels.chunks_exact((stored.1 * channels).max(1)) {
        for tap in &columns {
            for channel in 0..channels {
                let at =
                    |i: usize| row.get((tap.from + i) * channels + channel).copied().map_or(0.0, f32::from);
                wide.push(tap.weights.iter().enumerate().map(|(i, w)| w * at(i)).sum::<f32>());
            }
        }
    }
    let width = new.1 * channels;
    let mut out = Vec::with_capacity(new.0 * width);
    for tap in &rows {
        for column in 0..width {
            let at = |i: usize| wide.get((tap.from + i) * width + column).copied().unwrap_or(0.0);
            let sum: f32 = tap.weights.iter().enumerate().map(|(i, w)| w * at(i)).sum();
            out.push(sum.round());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::resize;

    #[test]
    fn it_resizes_as_pillow_does() {
        // Pillow 13.0.0: Image.fromarray(...).resize((w, h), Image.BILINEAR). It rounds between the axes.
        let square = [0, 100, 200, 50];
        assert_eq!(resize(&square, (2, 2), (2, 2), 1), [0.0, 100.0, 200.0, 50.0]);
        assert_eq!(resize(&[0, 100], (1, 2), (1, 4), 1), [0.0, 25.0, 75.0, 100.0]);
        assert_eq!(resize(&[0, 40, 80, 120], (1, 4), (1, 2), 1), [29.0, 91.0]);
        assert_eq!(resize(&[10, 20, 30, 10, 20, 30], (1, 2), (3, 3), 3)[..3], [10.0, 20.0, 30.0]);
        let noise = [
            217, 163, 130, 69, 78, 10, 19, 4, 44, 208, 166, 233, 128, 155, 248, 186, 161, 139, 143, 239, 71,
            208, 171, 0, 100, 219, 141, 8, 195, 186, 216, 44, 22, 220, 5,
        ];
        let pillow = [148.0, 112.0, 61.0, 123.0, 170.0, 159.0, 171.0, 129.0, 130.0, 184.0, 101.0, 103.0_f32];
        let found = resize(&noise, (5, 7), (4, 3), 1);
        assert_eq!(found.len(), pillow.len());
        assert!(found.iter().zip(pillow).all(|(a, b)| (a - b).abs() <= 1.0), "{found:?}");
    }
}
