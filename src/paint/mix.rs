//! `color-mix(in oklab, …)` of two opaque colours, worked out here: a picture is read by programs that know no such function.
//!
//! The way is that of CSS Color 4: sRGB to linear light, to the cones' responses, to Oklab (Ottosson 2020), and back.

/// `share` (0 to 1) of one colour with the rest of another, both and the answer as `#rrggbb`. What is no such colour comes back as it is.
pub fn mixed(one: &str, share: f64, other: &str) -> String {
    let (Some(a), Some(b)) = (rgb(one), rgb(other)) else { return one.to_owned() };
    let (a, b) = (oklab(a), oklab(b));
    let between = |at: usize| a[at] * share + b[at] * (1.0 - share);
    let [r, g, b] = srgb([between(0), between(1), between(2)]);
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// `36%` as 0.36; 1 for what is no share.
pub fn share(percent: &str) -> f64 {
    percent.trim().trim_end_matches('%').parse().map_or(1.0, |percent: f64| (percent / 100.0).clamp(0.0, 1.0))
}

fn rgb(hex: &str) -> Option<[u8; 3]> {
    let digits = hex.trim().strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some([r, g, b])
}

fn linear(channel: u8) -> f64 {
    let c = f64::from(channel) / 255.0;
    if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

fn channel(linear: f64) -> u8 {
    let c = if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    (c.clamp(0.0, 1.0) * 255.0).round() as u8
}

fn times(matrix: [[f64; 3]; 3], [x, y, z]: [f64; 3]) -> [f64; 3] {
    matrix.map(|[a, b, c]| a * x + b * y + c * z)
}

fn oklab(colour: [u8; 3]) -> [f64; 3] {
    let cones = times(
        [
            [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
            [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
            [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
        ],
        colour.map(linear),
    );
    times(
        [
            [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
            [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
            [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
        ],
        cones.map(f64::cbrt),
    )
}

fn srgb(lab: [f64; 3]) -> [u8; 3] {
    let cones = times(
        [
            [1.0, 0.396_337_777_4, 0.215_803_757_3],
            [1.0, -0.105_561_345_8, -0.063_854_172_8],
            [1.0, -0.089_484_177_5, -1.291_485_548_0],
        ],
        lab,
    );
    times(
        [
            [4.076_741_662_1, -3.307_711_591_3, 0.230_969_929_2],
            [-1.268_438_004_6, 2.609_757_401_1, -0.341_319_396_5],
            [-0.004_196_086_3, -0.703_418_614_7, 1.707_614_701_0],
        ],
        cones.map(|cone| cone * cone * cone),
    )
    .map(channel)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Chromium paints `color-mix(in oklab, one share, other)` on a canvas, read back pixel by pixel.
    const CHROMIUM: &[(&str, f64, &str, &str)] = &[
        ("#006ebe", 0.36, "#ffffff", "#aecbea"),
        ("#c77007", 0.36, "#ffffff", "#eeccb1"),
        ("#005c3b", 0.36, "#ffffff", "#a9c2b4"),
        ("#b06eaa", 0.36, "#ffffff", "#e4cae0"),
        ("#6f287e", 0.36, "#ffffff", "#cbb0d1"),
        ("#03a26b", 0.36, "#ffffff", "#b7dec8"),
        ("#7c6568", 0.36, "#ffffff", "#cec5c6"),
        ("#7b3702", 0.36, "#ffffff", "#d1b4a5"),
        ("#846807", 0.36, "#ffffff", "#d1c7ac"),
        ("#2f429d", 0.36, "#ffffff", "#adbade"),
        ("#0096c6", 0.36, "#ffffff", "#b6d9ec"),
        ("#414f5d", 0.36, "#ffffff", "#b6bcc2"),
        ("#80579d", 0.36, "#ffffff", "#d0c1dc"),
        ("#51988b", 0.36, "#ffffff", "#c1d9d4"),
        ("#307e46", 0.36, "#ffffff", "#b5d0ba"),
        ("#2c7884", 0.36, "#ffffff", "#b4cdd1"),
        ("#729748", 0.36, "#ffffff", "#cad9bd"),
        ("#485320", 0.36, "#ffffff", "#b8beab"),
        ("#6063ad", 0.36, "#ffffff", "#c2c5e3"),
        ("#7787b7", 0.36, "#ffffff", "#ccd3e6"),
        ("#5baaf7", 0.38, "#121418", "#2e4864"),
        ("#feac65", 0.38, "#121418", "#624936"),
        ("#469d73", 0.38, "#121418", "#274338"),
        ("#e8a8e2", 0.38, "#121418", "#5a475c"),
        ("#ad6bbc", 0.38, "#121418", "#483350"),
        ("#63dca2", 0.38, "#121418", "#325848"),
        ("#b59ea1", 0.38, "#121418", "#4a4347"),
        ("#ca6d32", 0.38, "#121418", "#523527"),
        ("#c6a023", 0.38, "#121418", "#4f4527"),
        ("#6983dc", 0.38, "#121418", "#303b5b"),
        ("#65cffe", 0.38, "#121418", "#325366"),
        ("#7d8b9a", 0.38, "#121418", "#373d45"),
        ("#b992d6", 0.38, "#121418", "#4b4059"),
        ("#8fd0c2", 0.38, "#121418", "#3e5452"),
        ("#72b781", 0.38, "#121418", "#344c3d"),
        ("#6fb1bd", 0.38, "#121418", "#334a50"),
        ("#aacf85", 0.38, "#121418", "#46543f"),
        ("#849060", 0.38, "#121418", "#393f33"),
        ("#979de6", 0.38, "#121418", "#40435e"),
        ("#afbfef", 0.38, "#121418", "#474e61"),
        ("#636a75", 0.72, "#ffffff", "#8c919a"),
        ("#8f96a1", 0.72, "#121418", "#686e77"),
        ("#ff0000", 0.5, "#0000ff", "#8c53a2"),
        ("#00ff00", 0.5, "#ff00ff", "#c6b4b4"),
        ("#ffffff", 0.5, "#000000", "#636363"),
        ("#ffff00", 0.25, "#0000ff", "#1d77e7"),
    ];

    #[test]
    fn mixes_are_those_that_chromium_paints() {
        assert!(CHROMIUM.len() >= 20);
        for (one, share, other, painted) in CHROMIUM {
            let (Some(ours), Some(theirs)) = (rgb(&mixed(one, *share, other)), rgb(painted)) else {
                unreachable!("{one} and {painted} are colours")
            };
            // Chromium rounds to bytes elsewhere on the way.
            let apart = ours.iter().zip(theirs).map(|(a, b)| a.abs_diff(b)).max();
            assert!(apart <= Some(1), "{one} {share} {other}: {ours:?}, Chromium {theirs:?}");
        }
    }

    #[test]
    fn the_ends_are_the_colours_themselves_and_no_colour_stays_what_it_is() {
        for colour in ["#006ebe", "#ffffff", "#000000", "#c77007"] {
            assert_eq!(mixed(colour, 1.0, "#121418"), colour);
            assert_eq!(mixed("#121418", 0.0, colour), colour);
        }
        assert_eq!(mixed("tomato", 0.5, "#ffffff"), "tomato");
        assert_eq!((share("36%"), share(" 38% "), share("x")), (0.36, 0.38, 1.0));
    }
}
