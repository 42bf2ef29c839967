/** A good file, and how the faults of one are read, for the tests of it. */
import { readComune } from './comune.ts';
import { sentence } from './faults.ts';

/** The example of the design, word for word. */
export const EXAMPLE = `
comune:
  id: maruggio
  name: { it: Comune di Maruggio }        # a text is a string, or a string for each language
  zone: Europe/Rome
  languages: [it, en]                     # the first is the fallback
  phone: "+39 099 000 0000"
  privacy: https://comune.example/privacy
holidays: { country: IT, patron: "06-24" }
closures:                                 # for all offices
  - { from: 2026-12-24, to: 2027-01-06, reason: { it: Chiusura natalizia } }
offices:
  - id: sindaco                           # also the room's alias
    name: { it: Il Sindaco, en: The Mayor }
    description: { it: Riceve i cittadini, en: Receives citizens }
    hours: { tue: ["11:00-13:00"], thu: ["11:00-13:00"] }
    call: element-call                    # or jitsi, or none
  - id: anagrafe
    name: { it: Anagrafe, en: Registry }
    hours: { mon: ["09:00-12:00"], tue: ["09:00-12:00", "15:30-17:30"] }
    rules:                                # whatever a week cannot say
      - { rrule: "FREQ=MONTHLY;BYDAY=1SA", hours: ["09:00-12:00"] }
    exceptions:                           # beat holidays, which beat the week
      - { date: 2026-12-08, hours: ["09:00-11:00"], reason: { it: Apertura straordinaria } }
      - { date: 2026-12-09, hours: [] }
    staff: ["@anna:comune.example"]       # the demo makes accounts where none are named
`;

/** The sentences that a person reads. */
export function faults(yaml: string): string[] {
  const result = readComune(yaml);
  return 'faults' in result ? result.faults.map(sentence) : [];
}
