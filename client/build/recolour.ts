/**
 * Bootstrap Italia writes its colours into every rule. This turns them into custom properties of ours,
 * so that a comune's own colour is set when the page is served, and dark mode needs no second stylesheet.
 *
 * Blues of the library's own hue become shades of `--p-brand`; greys and the other colours get a dark twin. What is read are the few
 * ways in which Bootstrap Italia writes a colour; packages that read all of them round to whole per cents, and shades would shift.
 */
import type { Declaration, Plugin } from 'postcss';

interface Hsl {
  h: number;
  s: number;
  l: number;
  alpha: number;
}

/** What a colour is used for: ink is read, ground is read upon, edge is neither. */
type Use = 'ink' | 'ground' | 'edge';

const COLOUR = /#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\([^()]*\)|(?<![\w-])(?:white|black)(?![\w-])/giu;
const INK = new Set(['color', 'fill', 'stroke', 'caret-color', 'text-decoration-color', '-webkit-text-fill-color']);

/** The PostCSS plugin. */
export function recolour(): Plugin {
  return {
    postcssPlugin: 'portineria-recolour',
    Declaration(declaration) {
      const value = rewrite(declaration);
      if (value !== declaration.value) declaration.value = value;
    },
  };
}

function rewrite(declaration: Declaration): string {
  const { prop, value } = declaration;
  // What this wrote itself, and the page's own properties, stay as they are.
  if (value.includes('light-dark(') || value.includes('--p-') || prop.startsWith('--p-')) return value;
  // Pictures inside the stylesheet cannot read properties.
  if (value.includes('url(')) return value;
  return value.replace(COLOUR, (literal) => shade(literal, useOf(prop)));
}

function useOf(prop: string): Use {
  if (INK.has(prop)) return 'ink';
  if (/^(?:--bs-)?(?:.*-)?(?:bg|background)(?:-color|-image)?$/u.test(prop)) return 'ground';
  if (/^--bs-.*color$/u.test(prop)) return 'ink';
  return 'edge';
}

/** One colour of the library, as ours. */
export function shade(literal: string, use: Use): string {
  const colour = parse(literal);
  if (colour === null || colour.alpha < 1) return literal;
  const { h, s, l } = colour;
  if (l > 99.5) return use === 'ground' ? 'var(--p-paper)' : literal;
  if (h > 200 && h < 220 && s > 70 && l > 8) return brand(l, use);
  const round = Math.round;
  if (use === 'ink') return l < 50 ? twin(literal, h, Math.min(s, 60), round(100 - l * 0.55)) : literal;
  if (use === 'ground') return l > 80 ? twin(literal, h, Math.min(s, 25), round(10 + (100 - l) * 0.5)) : literal;
  return s < 45 ? twin(literal, h, Math.min(s, 20), l > 60 ? 40 : 62) : literal;
}

function twin(literal: string, h: number, s: number, l: number): string {
  return `light-dark(${literal}, hsl(${Math.round(h)} ${Math.round(s)}% ${l}%))`;
}

/** A blue of lightness `l`, where the library's own is 40, as a shade of the comune's colour. */
function brand(l: number, use: Use): string {
  const own = use === 'ground' ? 'var(--p-brand)' : 'var(--p-brand-ink)';
  if (Math.abs(l - 40) < 1) return own;
  if (l < 40) return use === 'ground' ? `color-mix(in srgb, var(--p-brand) ${Math.round((l / 40) * 100)}%, black)` : own;
  const part = Math.round(((100 - l) / 60) * 100);
  if (part > 40) return `color-mix(in srgb, ${own} ${part}%, white)`;
  return `light-dark(color-mix(in srgb, var(--p-brand) ${part}%, white), color-mix(in srgb, var(--p-brand) ${part + 15}%, black))`;
}

/** Reads a CSS colour; null when it is not a plain one. */
export function parse(literal: string): Hsl | null {
  if (literal === 'white') return { h: 0, s: 0, l: 100, alpha: 1 };
  if (literal === 'black') return { h: 0, s: 0, l: 0, alpha: 1 };
  if (literal.startsWith('#')) return fromHex(literal.slice(1));
  const numbers = literal.slice(literal.indexOf('(') + 1, -1).split(/[\s,/]+/u).filter((part) => part !== '');
  const [a, b, c, d] = numbers.map((part) => Number.parseFloat(part));
  if (a === undefined || b === undefined || c === undefined || [a, b, c].some(Number.isNaN)) return null;
  const alpha = d ?? 1;
  return literal.toLowerCase().startsWith('hsl') ? { h: a, s: b, l: c, alpha } : fromRgb(a, b, c, alpha);
}

function fromHex(hex: string): Hsl | null {
  const long = hex.length <= 4 ? [...hex].map((digit) => digit + digit).join('') : hex;
  if (long.length !== 6 && long.length !== 8) return null;
  const at = (index: number): number => Number.parseInt(long.slice(index, index + 2), 16);
  return fromRgb(at(0), at(2), at(4), long.length === 8 ? at(6) / 255 : 1);
}

function fromRgb(red: number, green: number, blue: number, alpha: number): Hsl {
  const [r, g, b] = [red / 255, green / 255, blue / 255];
  const max = Math.max(r, g, b);
  const min = Math.min(r, g, b);
  const span = max - min;
  const l = (max + min) / 2;
  if (span === 0) return { h: 0, s: 0, l: l * 100, alpha };
  const s = span / (1 - Math.abs(2 * l - 1));
  const turn = max === r ? ((g - b) / span + 6) % 6 : max === g ? (b - r) / span + 2 : (r - g) / span + 4;
  return { h: turn * 60, s: s * 100, l: l * 100, alpha };
}
