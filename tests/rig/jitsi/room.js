/** What stands in for a conference's page: enters with its token, takes the microphone, and says to the page around it what became of that. */
const told = new URLSearchParams(location.hash.slice(1));
const query = new URLSearchParams(location.search);
const settings = Object.fromEntries([...told].filter(([key]) => key.startsWith('config.')).map(([key, value]) => [key.slice('config.'.length), JSON.parse(value)]));
const name = JSON.parse(told.get('userInfo.displayName') ?? '""');
const tell = (event, rest = {}) => parent.postMessage({ name: event, ...rest }, '*');
const post = async (path, body) => {
  const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return { status: response.status, ...(await response.json()) };
};

async function enter() {
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true }).then((stream) => stream.getAudioTracks().length > 0, () => false);
  const room = location.pathname.slice(1);
  const answer = await post('/conference/enter', { room, jwt: query.get('jwt'), lang: query.get('lang'), name, settings, microphone });
  if (answer.status !== 200) {
    document.body.textContent = answer.why;
    return tell('error-occurred', { error: { name: 'connection.passwordRequired', message: answer.why, type: 'CONNECTION', isFatal: true } });
  }
  const { id } = answer;
  // Who is not heard of any more is out, as with a websocket that is gone.
  const here = setInterval(async () => {
    const { names } = await post('/conference/here', { id });
    document.body.textContent = names.join(', ');
  }, 300);
  addEventListener('message', async ({ source, data }) => {
    if (source !== parent || data.command !== 'video-hangup') return;
    clearInterval(here);
    await post('/conference/leave', { id });
    tell('video-conference-left', { roomName: room });
    tell('video-ready-to-close');
  });
  tell('video-conference-joined', { roomName: room, id, displayName: name });
}
void enter();
