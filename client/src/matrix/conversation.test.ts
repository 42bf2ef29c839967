import { MatrixEvent } from 'matrix-js-sdk';
import { CARD } from '@portineria/config/events';
import { expect, test } from 'vitest';
import { isAside } from './conversation.ts';

const [PORTER, ANNA, MARIA] = ['@portineria:comune.example', '@anna:comune.example', '@ospite-1:comune.example'];
const said = (sender: string, body: string, more: object = {}): MatrixEvent => new MatrixEvent({ type: 'm.room.message', sender, content: { msgtype: 'm.text', body, ...more } });

test('the visitor is not shown what staff and the porter say to each other: its line for them, and the word that ends the visit', () => {
  for (const event of [said(PORTER, 'Visita n. 3.', { [CARD]: { number: 3 } }), said(ANNA, '!fine'), said(ANNA, ' !Fine 3'), said(ANNA, '!end')]) expect(isAside(event, MARIA, PORTER)).toBe(true);
});

test('what is said to the visitor is shown, and what they wrote themselves', () => {
  for (const event of [said(PORTER, 'La visita è finita.'), said(ANNA, 'Alla fine!'), said(ANNA, '!finestra'), said(ANNA, 'x', { [CARD]: {} }), said(MARIA, '!fine')]) expect(isAside(event, MARIA, PORTER)).toBe(false);
});
