/** Light or dark by the name that a client gives its colours (MSC2873), as `light-high-contrast`; empty for what the system wishes. */
export function schemeOf(theme: string): '' | 'light' | 'dark' {
  const name = theme.toLowerCase();
  if (/dark|black|night/u.test(name)) return 'dark';
  return name.includes('light') ? 'light' : '';
}
