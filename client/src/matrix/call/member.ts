/** A page's membership of a call (MSC3401), as the homeserver and the others are to take it. Pure. */

/**
 * A membership that is like none before. A homeserver may take state for said that says what stands there already, as Synapse does: of
 * whoever was put out of the call without a goodbye, or whose browser was killed, and who is back with the same device, the others would
 * hear nothing, and would not send them their keys again.
 * @param entry this entry's own mark; a goodbye, which says nothing, has none
 */
export function marked(content: unknown, entry: string): unknown {
  return typeof content === 'object' && content !== null && Object.keys(content).length > 0 ? { ...content, 'it.portineria.entry': entry } : content;
}
