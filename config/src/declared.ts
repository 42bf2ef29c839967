/** From the shape of the file, which is checked by then, to what all parts work with. Pure. */
import type { Comune, EscalationStep, Traffic, WeekHours } from './comune.ts';
import { WEEKDAYS } from './days.ts';
import type { LocalText } from './events.ts';
import type { ComuneFile } from './shape.ts';

/** What a file declares, complete: one language where none is said, null for what is left out, milliseconds. What stands in other files is not read here. */
export function comuneOf({ comune: { arms_file: armsFile, ...comune }, holidays, closures, offices, neighbours, mail, calls, federation, jitsi, limits, traffic }: ComuneFile): Omit<Comune, 'arms'> {
  const [first = 'it'] = comune.languages;
  const local = (t: string | Record<string, string>): LocalText => (typeof t === 'string' ? (t === '' ? {} : { [first]: t }) : t);
  const localIfAny = (t: string | Record<string, string> | undefined): LocalText | null => (t === undefined ? null : local(t));
  const minutes = (n: number): number => Math.round(n * 60_000);
  const step = ({ after, office, people, mail: to, webhook: url }: ComuneFile['offices'][number]['escalation'][number]): EscalationStep[] => {
    const when = { after: minutes(after) };
    if (office !== undefined) return [{ ...when, way: 'office', office }];
    if (people !== undefined) return [{ ...when, way: 'people', people }];
    if (to !== undefined) return [{ ...when, way: 'mail', to }];
    return url === undefined ? [] : [{ ...when, way: 'webhook', url }];
  };
  return {
    ...comune,
    name: local(comune.name),
    phone: comune.phone ?? null,
    address: localIfAny(comune.address),
    booking: comune.booking ?? null,
    privacy: comune.privacy ?? null,
    accessibility: comune.accessibility ?? null,
    colour: comune.colour ?? null,
    armsFile: armsFile ?? null,
    holidays: holidays === undefined ? null : { country: holidays.country, patron: holidays.patron ?? null },
    closures: closures.map((closure) => ({ from: closure.from, to: closure.to ?? closure.from, reason: localIfAny(closure.reason) })),
    offices: offices.map(({ at_closing: atClosing, front_desk: frontDesk, show_staff: showStaff, show_place: showPlace, ...office }) => ({
      ...office,
      atClosing,
      frontDesk,
      showStaff,
      showPlace,
      name: local(office.name),
      description: local(office.description),
      topics: office.topics.map(local),
      hours: weekOf(office.hours),
      exceptions: office.exceptions.map((exception) => ({ ...exception, reason: localIfAny(exception.reason) })),
      phone: office.phone ?? null,
      address: localIfAny(office.address),
      booking: office.booking ?? null,
      escalation: office.escalation.flatMap(step),
    })),
    neighbours: neighbours.map(({ id, url, server, name }) => ({ id, url: new URL(url).origin, server: server ?? null, name: name === undefined ? null : local(name) })),
    mail: mail === undefined ? null : { host: mail.host, port: mail.port, secure: mail.secure, user: mail.user ?? null, passwordFile: mail.password_file ?? null, from: mail.from },
    calls: { otherRooms: calls.other_rooms },
    federation: { visitors: federation.visitors, deny: federation.deny, waiting: federation.waiting, visitorsPerHour: federation.visitors_per_hour },
    jitsi: jitsi === undefined ? null : { domain: jitsi.domain, appId: jitsi.app_id ?? null, secretFile: jitsi.secret_file ?? null },
    limits: {
      retention: minutes(limits.retention),
      silence: minutes(limits.silence),
      elsewhere: minutes(limits.elsewhere),
      unused: minutes(limits.unused),
      join: minutes(limits.join),
      recall: limits.recall.map(minutes),
      unanswered: minutes(limits.unanswered),
      longest: minutes(limits.longest),
      warning: minutes(limits.warning),
      host: minutes(limits.host),
      alone: minutes(limits.alone),
      history: minutes(limits.history),
      addresses: minutes(limits.addresses),
      doorVisits: limits.door_visits,
    },
    traffic: trafficOf(traffic),
  };
}

function trafficOf(traffic: ComuneFile['traffic']): Traffic {
  return {
    visitorsPerMinute: traffic.visitors_per_minute,
    visitorsPerHour: traffic.visitors_per_hour,
    apiPerMinute: traffic.api_per_minute,
    pagesPerMinute: traffic.pages_per_minute,
    filesPerMinute: traffic.files_per_minute,
    callsPerMinute: traffic.calls_per_minute,
    pushesPerMinute: traffic.pushes_per_minute,
    connections: traffic.connections,
    connectionsInAll: traffic.connections_in_all,
    polls: traffic.polls,
    pollsPerPerson: traffic.polls_per_person,
    pollsInAll: traffic.polls_in_all,
    requests: traffic.requests,
    uploads: traffic.uploads,
    uploadsInAll: traffic.uploads_in_all,
    callLines: traffic.call_lines,
  };
}

function weekOf(hours: ComuneFile['offices'][number]['hours']): WeekHours {
  const week: WeekHours = {};
  for (const day of WEEKDAYS) {
    const spans = hours[day];
    if (spans !== undefined && spans.length > 0) week[day] = spans;
  }
  return week;
}
