/** Files that the page hands to the device. */

/** How long a browser may take to begin with a file, in milliseconds. */
const HANDOVER_MS = 60_000;

/** Saves something under a name, as a pressed link does. Never opened: in the page's own origin that could be anything. */
export function saveAs(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), HANDOVER_MS);
}
