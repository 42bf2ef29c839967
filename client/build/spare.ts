/** Drops what PurgeCSS cannot judge: selectors of fields and states that no page of ours has. */
import type { Plugin } from 'postcss';

const NEVER = new RegExp(
  [
    '::file-selector-button',
    '::-webkit-(?:datetime|date-and|calendar|inner-spin|color-swatch|search)',
    '::-moz-focus-inner',
    '\\[list\\]',
    'type="?(?:number|tel|time|email|url|password|search|color|file|date)',
    'btn-check',
    '\\.disabled',
    '\\.h[1-6]\\b',
    '\\.blockquote',
    '^(?:a>|a > )?code$',
    '^address$',
  ].join('|'),
  'u',
);

/** The PostCSS plugin. */
export function spare(): Plugin {
  return {
    postcssPlugin: 'portineria-spare',
    Rule(rule) {
      const kept = rule.selectors.filter((selector) => !NEVER.test(selector));
      if (kept.length === 0) rule.remove();
      else if (kept.length < rule.selectors.length) rule.selectors = kept;
    },
  };
}
