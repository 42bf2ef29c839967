/** What can be measured, for Prometheus. No label holds anything personal: all come from fixed sets. */
import { STATUS_CODES } from 'node:http';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const registry = new Registry();
collectDefaultMetrics({ register: registry, prefix: 'portineria_' });

/** The bot's metrics by their names: whoever does the work counts it here. */
export const metrics = {
  registry,
  /** Knocks by what became of them. */
  knocks_total: new Counter({
    name: 'knocks_total', help: 'Knocks, by what became of them', registers: [registry],
    labelNames: ['outcome'] as const,
  }),
  /** Visits by how they ended. */
  visits_total: new Counter({
    name: 'visits_total', help: 'Visits, by how they ended', registers: [registry],
    labelNames: ['outcome'] as const,
  }),
  /** How easy it was, by stars from 1 to 5 (PNRR C.SE.1.7). */
  feedback_stars_total: new Counter({
    name: 'feedback_stars_total', help: 'Answers to how easy it was to use the service, by stars of five', registers: [registry],
    labelNames: ['stars'] as const,
  }),
  /** What was good, from four stars on, or hard. */
  feedback_choices_total: new Counter({
    name: 'feedback_choices_total', help: 'What was good about using the service, or hard, by the fixed answer', registers: [registry],
    labelNames: ['was', 'choice'] as const,
  }),
  /** Seconds from a knock's event to its card in the office's room. */
  knock_to_card_seconds: new Histogram({
    name: 'knock_to_card_seconds', help: 'From a knock to its card', registers: [registry],
    buckets: [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300],
  }),
  /** Seconds that one look at an office took, with its actions. */
  porter_pass_seconds: new Histogram({
    name: 'porter_pass_seconds', help: 'One pass of the porter over an office, with its actions', registers: [registry],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 1, 5, 30],
  }),
  /** What failed in the porter's work, or was a mistake of ours: by the action, or by the part. */
  porter_failures_total: new Counter({
    name: 'porter_failures_total', help: 'What failed in the porter\'s work, by action or part; most is tried again', registers: [registry],
    labelNames: ['what'] as const,
  }),
  /** Steps of the escalation of knocks that nobody answered, by their way and what became of them. */
  escalations_total: new Counter({
    name: 'escalations_total', help: 'Steps of the escalation of unanswered knocks, by way; a failed one is tried again', registers: [registry],
    labelNames: ['way', 'outcome'] as const,
  }),
  /** Questions for call tokens and entries to calls, by what became of them. */
  call_tokens_total: new Counter({
    name: 'call_tokens_total', help: 'Call tokens asked for or shown, by what became of them', registers: [registry],
    labelNames: ['outcome'] as const,
  }),
  /** Browsers to be called while their desk is closed, by what became of it. */
  pushes_total: new Counter({
    name: 'pushes_total', help: 'Browsers to be called while their desk is closed, by what became of it', registers: [registry],
    labelNames: ['outcome'] as const,
  }),
  /** Questions to neighbours' receptions, by what became of them: answered, away, or wrong in what they said. */
  neighbour_questions_total: new Counter({
    name: 'neighbour_questions_total', help: 'Questions to neighbours\' receptions, by what became of them', registers: [registry],
    labelNames: ['outcome'] as const,
  }),
  /** Attempts to bring the homeserver to the declared configuration that failed. */
  configuration_failures_total: new Counter({
    name: 'configuration_failures_total', help: 'Failed attempts to bring the homeserver to the declared configuration, by what was to be done', registers: [registry],
    labelNames: ['work'] as const,
  }),
  /** Changed configuration files that were refused. */
  configuration_refusals_total: new Counter({ name: 'configuration_refusals_total', help: 'Changed configuration files that were not applied', registers: [registry] }),
  /** Lines of the log that could not be written. */
  log_lines_lost_total: new Counter({ name: 'log_lines_lost_total', help: 'Lines of the log that could not be written', registers: [registry] }),
  /** Answers of the HTTP side. */
  http_requests_total: new Counter({
    name: 'http_requests_total', help: 'HTTP answers, by route and status', registers: [registry],
    labelNames: ['route', 'method', 'status'] as const,
  }),
  /** Requests refused, by the problem's code. */
  http_refusals_total: new Counter({
    name: 'http_refusals_total', help: 'HTTP requests refused, by the problem\'s code', registers: [registry],
    labelNames: ['code'] as const,
  }),
};

/** Measures whether the calls' server answers. */
export function measureCalls(isWell: () => boolean): void {
  new Gauge({
    name: 'calls_up', help: 'Whether the server for calls answers', registers: [registry],
    collect() {
      this.set(isWell() ? 1 : 0);
    },
  });
}

/** Measures how many neighbours cannot be shown as they are now. */
export function measureNeighbours(unreachable: () => number): void {
  new Gauge({
    name: 'neighbours_unreachable', help: 'Neighbours whose receptions have not answered of late', registers: [registry],
    collect() {
      this.set(unreachable());
    },
  });
}

/** Measures how many offices the homeserver has not been brought to the declared configuration for. */
export function measureConfiguration(unreached: () => number): void {
  new Gauge({
    name: 'offices_unreached', help: 'Offices that the homeserver has not been brought to the declared configuration for', registers: [registry],
    collect() {
      this.set(unreached());
    },
  });
}

/** Measures what should be gone and is not. */
export function measureRemains(remains: () => Readonly<Record<string, number>>): void {
  new Gauge({
    name: 'unerased', help: 'What the homeserver should have erased and has not, by what it is: it is tried again', registers: [registry],
    labelNames: ['what'] as const,
    collect() {
      for (const [what, count] of Object.entries(remains())) this.set({ what }, count);
    },
  });
}

/** Measures how long ago the porter last heard the homeserver. */
export function measureStream(age: () => number): void {
  new Gauge({
    name: 'stream_age_seconds', help: 'Seconds since the porter last heard the homeserver', registers: [registry],
    collect() {
      this.set(age());
    },
  });
}

/**
 * Counts an answer.
 * @param route the route's pattern; undefined when no route fits
 */
export function countAnswer(route: string | undefined, method: string, status: number): void {
  // A homeserver may answer with any number; labels must stay few.
  metrics.http_requests_total.inc({ route: route ?? 'none', method, status: status in STATUS_CODES ? String(status) : 'other' });
}
