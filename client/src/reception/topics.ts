/** A topic with one of the office's suggestions at its head, and what somebody wrote themselves below it. Pure. */

/** The suggestion at the head of a topic; undefined for none. */
export function suggestedIn(topic: string, suggestions: readonly string[]): string | undefined {
  return suggestions.find((words) => topic === words || topic.startsWith(`${words}\n`));
}

/** The topic once a suggestion is pressed: it comes to the head in place of another one, or goes where it stood there. The rest is kept. */
export function pressed(topic: string, words: string, suggestions: readonly string[]): string {
  const before = suggestedIn(topic, suggestions);
  const rest = before === undefined ? topic.trim() : topic.slice(before.length + 1);
  return [before === words ? '' : words, rest].filter((part) => part !== '').join('\n');
}
