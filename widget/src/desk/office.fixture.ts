/** An office's room in small, as a client holds it. */
import { CARD } from '@portineria/config/events';
import type { OfficeFacts, RoomEvent } from './port.ts';

export const PORTER = '@portineria:comune.example';
export const [ANNA, BRUNO, MARIA] = ['@anna:comune.example', '@bruno:comune.example', '@ospite-1:comune.example'] as const;
/** A day in Rome, 10:00. */
export const TEN = Date.UTC(2026, 10, 26, 9, 0);
export const MINUTE = 60_000;

const OFFICE = {
  id: 'anagrafe', comune: { id: 'prova', name: { it: 'Comune di Prova' } }, name: { it: 'Anagrafe' }, description: { it: 'Certificati' },
  zone: 'Europe/Rome', call: 'element-call', page: 'https://comune.example/o/anagrafe',
};

export const record = (number: number) => ({ knock: `$knock-${number}`, number, since: TEN, visit: `#visita-${number}:comune.example` });

/** A message of the office's, of the porter's where nobody else is named. */
export const said = (id: string, content: object, { sender = PORTER, at = TEN }: { sender?: string; at?: number } = {}): RoomEvent => ({ id, type: 'm.room.message', sender, at, content });
/** A card that names nobody. */
export const card = (number: number, by?: { sender: string }): RoomEvent => said(`$card-${number}`, { msgtype: 'm.text', body: `🔔 N. ${number}`, [CARD]: record(number) }, by);
/** An edit of it. */
export const edit = (id: string, number: number, told: object, body = '', by: { sender?: string; at?: number } = {}): RoomEvent =>
  said(id, { msgtype: 'm.text', body: `* ${body}`, 'm.new_content': { msgtype: 'm.text', body, [CARD]: { ...record(number), ...told } }, 'm.relates_to': { rel_type: 'm.replace', event_id: `$card-${number}` } }, by);
export const redaction = (redacts: string): RoomEvent => ({ id: `$no-${redacts}`, type: 'm.room.redaction', sender: PORTER, at: TEN, content: {}, redacts });

/** The facts of an office with this queue, as the porter wrote it unless somebody else is named. */
export function facts({ waiting = [], visits = [], timeline = [], by = PORTER, ...more }: { waiting?: object[]; visits?: object[]; timeline?: RoomEvent[]; by?: string } & Partial<OfficeFacts> = {}): OfficeFacts {
  return {
    room: '!office:comune.example', me: ANNA, porter: PORTER, office: { sender: by, content: OFFICE }, hand: null, queue: { sender: by, content: { waiting, visits } },
    names: new Map([[BRUNO, 'Bruno Neri']]), timeline, may: { react: true, say: true }, door: null, ...more,
  };
}
