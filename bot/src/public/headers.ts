/** The security headers of everything that is ours. What is proxied brings its own. */

/** Hashes of inline scripts and styles as they stand in a policy, `'sha256-...'`, quoted or not. */
export interface InlineHashes {
  script: readonly string[];
  style: readonly string[];
}

/** What a call needs. */
const FOR_CALLS = ['microphone', 'camera', 'display-capture', 'autoplay', 'fullscreen', 'screen-wake-lock', 'speaker-selection'];
/** What nobody needs here. */
const FOR_NOBODY = [
  'accelerometer', 'browsing-topics', 'geolocation', 'gyroscope', 'hid', 'idle-detection', 'local-fonts', 'magnetometer', 'midi', 'payment',
  'publickey-credentials-get', 'serial', 'usb', 'xr-spatial-tracking',
];

/**
 * The Permissions-Policy of a page.
 * @param jitsi the domain that may have the microphone as well; null for none
 */
export function powers(jitsi: string | null = null): string {
  const allowed = jitsi === null ? 'self' : `self "https://${jitsi}"`;
  return [...FOR_CALLS.map((name) => `${name}=(${allowed})`), ...FOR_NOBODY.map((name) => `${name}=()`)].join(', ');
}

const HASH = /^'?(sha(?:256|384|512)-[A-Za-z0-9+/]+={0,2})'?$/u;

/** A list of sources: the fixed ones and the hashes. Nothing else gets into a policy. */
function sources(fixed: string, hashes: readonly string[]): string {
  const sound = hashes.flatMap((hash) => HASH.exec(hash)?.[1] ?? []);
  return [fixed, ...sound.map((hash) => `'${hash}'`)].join(' ');
}

const ORIGIN = /^https:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/u;

/** Whether something is the origin of a server as it may stand in a policy. */
export const isOrigin = (text: string): boolean => ORIGIN.test(text);

/** A host as it may stand in a policy before a path; addresses other than this machine's own cannot (CSP Level 3, 6.7.2.8). */
const HOST = /^(?:127\.0\.0\.1|(?!\d+(?:\.\d+){3}(?::|$))[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d{1,5})?$/iu;

/**
 * The names of ours that a page may load its scripts from: the public one, and the one that it was asked for by, where that is another.
 * @param asked the host of the request, from outside
 */
export function scriptHosts(publicUrl: string, asked: string | undefined): readonly string[] {
  return [...new Set([new URL(publicUrl).host, asked?.toLowerCase() ?? ''])].filter((host) => HOST.test(host));
}

/**
 * A folder of ours as a source. Not the whole origin: visitors upload files onto it. Without a scheme, it is that of the page.
 * @param hosts none where no name can stand in a policy
 */
function folder(hosts: readonly string[], path: `/${string}/`): string {
  return hosts.length === 0 ? "'self'" : hosts.map((host) => `${host}${path}`).join(' ');
}

/** The one worker of a page (client/build/workers.ts). */
const worker = (hosts: readonly string[], name: 'desk-worker.js' | 'worker.js'): string => (hosts.length === 0 ? "'self'" : hosts.map((host) => `${host}/${name}`).join(' '));

/** What of a Jitsi a page may run: the one script of its IFrame API. */
const jitsiScript = (jitsi: string | null): string => (jitsi === null ? '' : ` https://${jitsi}/external_api.js`);

/** What a page asks of a neighbour's reception while its citizen is in a visit there: the token of the call, and the way into it. @param origin null for none */
function callsAt(origin: string | null): string {
  if (origin === null || !URL.canParse(origin)) return '';
  const { protocol, host } = new URL(origin);
  return HOST.test(host) && /^https?:$/u.test(protocol) ? ` ${protocol}//${host} ${protocol.replace('http', 'ws')}//${host}` : '';
}

/** What the staff's page may do beside what every page may: run its worker, and speak to another homeserver by its origin, null for none. */
export interface DeskPowers {
  server: string | null;
}

/**
 * The Content Security Policy (Level 3) of a page.
 * @param hosts our names, for scripts (`scriptHosts`)
 * @param jitsi the domain whose conferences it may show; null for none
 * @param desk what it may do as the staff's page; null for all others
 * @param neighbour the origin of the neighbour's reception whose page it is; null for our own
 */
export function contentPolicy(hosts: readonly string[], inline: InlineHashes = { script: [], style: [] }, jitsi: string | null = null, desk: DeskPowers | null = null, neighbour: string | null = null): string {
  const server = desk?.server ?? null;
  return [
    "default-src 'none'",
    // The crypto of matrix-js-sdk is WebAssembly.
    `script-src ${sources(`${folder(hosts, '/assets/')} 'wasm-unsafe-eval'`, inline.script)}${jitsiScript(jitsi)}`,
    `style-src ${sources("'self'", inline.style)}`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${server !== null && isOrigin(server) ? ` ${server}` : ''}${callsAt(neighbour)}`,
    "media-src 'self' blob:",
    `worker-src ${worker(hosts, desk === null ? 'worker.js' : 'desk-worker.js')}`,
    "manifest-src 'self'",
    `frame-src 'self'${jitsi === null ? '' : ` https://${jitsi}`}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/**
 * The policy of Element Call's document, which is shown inside our own pages only.
 * Its styles stand in elements, its media run in workers made of blobs, and blurring the camera's background is WebAssembly.
 * @param neighbour the origin of the neighbour's reception where the call is; null for our own
 */
export function callPolicy(hosts: readonly string[], neighbour: string | null = null): string {
  const own = folder(hosts, '/element-call/assets/');
  return [
    "default-src 'none'",
    `script-src ${own} 'wasm-unsafe-eval'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${callsAt(neighbour)}`,
    "media-src 'self' blob:",
    `worker-src ${own} blob:`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; ');
}

/**
 * The headers of the page that carries Jitsi as a widget, which any Matrix client shows in a frame: also one on a desktop, whose origin
 * has a scheme of its own that `frame-ancestors` could not name.
 * @param jitsi the domain whose conferences it may show; null for none
 */
export function widgetHeaders(hosts: readonly string[], jitsi: string | null): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `script-src ${folder(hosts, '/widget/assets/')}${jitsiScript(jitsi)}`,
    "style-src 'self'",
    "connect-src 'self'",
    `frame-src ${jitsi === null ? "'none'" : `https://${jitsi}`}`,
    "base-uri 'none'",
    "form-action 'none'",
  ];
  return { 'content-security-policy': policy.join('; '), 'permissions-policy': powers(jitsi), 'cross-origin-resource-policy': 'cross-origin' };
}

/** The headers of the page that is an office's desk as a widget: it runs our own scripts alone, and asks our own origin alone. */
export function deskHeaders(hosts: readonly string[]): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `script-src ${folder(hosts, '/widget/assets/')}`,
    "style-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ];
  return { 'content-security-policy': policy.join('; '), 'permissions-policy': powers(), 'cross-origin-resource-policy': 'cross-origin' };
}

/**
 * The headers of an answer.
 * @param publicUrl where people reach us: HSTS is only promised over https
 */
export function securityHeaders(publicUrl: string): Record<string, string> {
  return {
    'content-security-policy': contentPolicy(scriptHosts(publicUrl, undefined)),
    'permissions-policy': powers(),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    ...(publicUrl.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}
