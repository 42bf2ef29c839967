/** A comune for tests, as `GET /api/comune` tells it. */
import { ComuneBody } from '@portineria/config/api';

export const comune: ComuneBody = ComuneBody.parse({
  id: 'maruggio',
  name: { it: 'Comune di Maruggio' },
  zone: 'Europe/Rome',
  languages: ['it', 'en'],
  phone: '+39 099 000 0000',
  privacy: 'https://comune.example/privacy',
  accessibility: 'https://comune.example/accessibilita',
  colour: '#ffcc00',
  sample: true,
  now: '2026-11-24T11:20:00+01:00',
  offices: [
    {
      id: 'sindaco',
      alias: '#sindaco:comune.example',
      name: { it: 'Il Sindaco', en: 'The Mayor' },
      description: { it: 'Riceve i cittadini', en: 'Receives citizens' },
      door: { state: 'open', until: '2026-11-24T13:00:00+01:00', next: null },
      waiting: 2,
      call: 'none',
      appointment: false,
      phone: null,
      hours: { tue: ['11:00-13:00'], thu: ['11:00-13:00'] },
    },
    {
      id: 'anagrafe',
      alias: '#anagrafe:comune.example',
      name: { it: 'Anagrafe', en: 'Registry' },
      description: { it: '</script><script>alert(1)</script>', en: 'Certificates' },
      door: { state: 'closed', until: null, next: '2026-11-26T11:00:00+01:00' },
      waiting: 0,
      call: 'none',
      appointment: false,
      phone: '+39 099 111 1111',
      hours: {},
      rules: [{ when: { it: 'primo sabato del mese', en: 'first Saturday of the month' }, hours: ['09:00-12:00'] }],
      changes: [{ from: '2026-12-24', to: '2027-01-06', when: { it: 'da giovedì 24 dicembre', en: 'from Thursday 24 December' }, hours: [], reason: { it: 'Chiusura natalizia' } }],
    },
  ],
});
