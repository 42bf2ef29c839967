import { expect, test } from 'vitest';
import { safeName, sizeText } from './filename.ts';

test('a name has no path, nothing unseen and no letter that a system reads as a command, and keeps its ending', () => {
  const names = ['modulo.pdf', '../../etc/passwd', 'C:\\Users\\maria\\foto casa.jpg', 'conto\u202Efdp.exe', '.htaccess', 'a<b>:"c|?*.txt', ' \u200B ', '...'];
  expect(names.map((name) => safeName(name, 'file'))).toEqual(['modulo.pdf', 'passwd', 'foto casa.jpg', 'contofdp.exe', 'htaccess', 'a_b___c___.txt', 'file', 'file']);
  const long = safeName(`${'a'.repeat(500)}.jpeg`, 'file');
  expect([[...long].length, long.endsWith('….jpeg')]).toEqual([100, true]);
});

test('a size is written as people do', () => {
  expect([sizeText(12, 'en'), sizeText(345_678, 'en'), sizeText(20_971_520, 'it')]).toEqual(['1 kB', '346 kB', '21 MB']);
});
