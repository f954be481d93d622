/** The shop's accent colour, made readable on light and on dark. */

export const DEFAULT_COLOR = '#1f5c4a';

/** Any CSS colour as [r, g, b]; what the browser cannot read becomes the default. */
function parseColor(color) {
  const ctx = document.createElement('canvas').getContext('2d');
  let hex = DEFAULT_COLOR;
  if (ctx) {
    ctx.fillStyle = DEFAULT_COLOR;
    ctx.fillStyle = color;
    if (/^#[0-9a-f]{6}$/i.test(ctx.fillStyle)) hex = ctx.fillStyle;
  }
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** Moves a colour away from the background until it reads well (5:1), keeping its hue. */
function readable(rgb, background) {
  const lighter = luminance(background) < 0.2;
  for (let i = 0; i < 40 && contrast(rgb, background) < 5; i++) {
    rgb = rgb.map((v) => lighter ? Math.min(255, v * 1.1 + 3) : v * 0.92);
  }
  return rgb.map(Math.round);
}

/** The accent's custom properties for light and dark, readable whatever colour the shop chose. */
export function accentTokens(color) {
  const base = parseColor(color);
  const css = (rgb) => `rgb(${rgb.join(' ')})`;
  const [white, dark] = [[255, 255, 255], [8, 19, 14]];
  const onTop = (rgb) => css(contrast(rgb, white) >= 4.5 || contrast(rgb, white) > contrast(rgb, dark) ? white : dark);
  const night = readable(base, [31, 42, 37]);
  return {
    '--l-accent': css(base), '--l-on': onTop(base), '--l-ink': css(readable(base, [241, 236, 226])),
    '--d-accent': css(night), '--d-on': onTop(night),
  };
}
