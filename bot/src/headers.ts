/** The security headers of everything that is ours. What is proxied brings its own. */

/** Hashes of inline scripts and styles as they stand in a policy, `'sha256-...'`, quoted or not. */
export interface InlineHashes {
  script: readonly string[];
  style: readonly string[];
}

const POWERS = [
  'microphone=(self)', 'camera=(self)', 'display-capture=(self)', 'autoplay=(self)', 'fullscreen=(self)', 'screen-wake-lock=(self)',
  'speaker-selection=(self)', 'accelerometer=()', 'browsing-topics=()', 'geolocation=()', 'gyroscope=()', 'hid=()',
  'idle-detection=()', 'local-fonts=()', 'magnetometer=()', 'midi=()', 'payment=()', 'publickey-credentials-get=()', 'serial=()', 'usb=()',
  'xr-spatial-tracking=()',
].join(', ');

const HASH = /^'?(sha(?:256|384|512)-[A-Za-z0-9+/]+={0,2})'?$/u;

/** A list of sources: the fixed ones and the hashes. Nothing else gets into a policy. */
function sources(fixed: string, hashes: readonly string[]): string {
  const sound = hashes.flatMap((hash) => HASH.exec(hash)?.[1] ?? []);
  return [fixed, ...sound.map((hash) => `'${hash}'`)].join(' ');
}

/** The Content Security Policy (Level 3) of a page. */
export function contentPolicy(inline: InlineHashes = { script: [], style: [] }): string {
  return [
    "default-src 'none'",
    // The crypto of matrix-js-sdk is WebAssembly.
    `script-src ${sources("'self' 'wasm-unsafe-eval'", inline.script)}`,
    `style-src ${sources("'self'", inline.style)}`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "media-src 'self' blob:",
    "worker-src 'self'",
    "manifest-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/**
 * The policy of Element Call's document, which is shown inside our own pages only.
 * Its styles stand in elements, its media run in workers made of blobs, and blurring the camera's background is WebAssembly.
 */
export function callPolicy(): string {
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; ');
}

/**
 * The headers of an answer.
 * @param publicUrl where people reach us: HSTS is only promised over https
 */
export function securityHeaders(publicUrl: string): Record<string, string> {
  return {
    'content-security-policy': contentPolicy(),
    'permissions-policy': POWERS,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    ...(publicUrl.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}
