/** What stands in for Jitsi's external_api.js: the part of its IFrame API that the handbook documents and we use. */
(() => {
  const EVENTS = {
    'video-conference-joined': 'videoConferenceJoined',
    'video-conference-left': 'videoConferenceLeft',
    'video-ready-to-close': 'readyToClose',
    'error-occurred': 'errorOccurred',
  };
  const COMMANDS = { hangup: 'video-hangup' };
  let last = 0;

  class JitsiMeetExternalAPI {
    constructor(domain, options = {}) {
      const { roomName = '', width = '100%', height = '100%', parentNode = document.body, configOverwrite = {}, jwt, lang, userInfo = {} } = options;
      this.origin = `https://${domain}`;
      this.listeners = [];
      const address = new URL(`/${roomName}`, this.origin);
      if (jwt !== undefined) address.searchParams.set('jwt', jwt);
      if (lang !== undefined) address.searchParams.set('lang', lang);
      const told = new URLSearchParams({ jitsi_meet_external_api_id: String(last) });
      for (const [key, value] of Object.entries(configOverwrite)) told.set(`config.${key}`, JSON.stringify(value));
      for (const [key, value] of Object.entries(userInfo)) told.set(`userInfo.${key}`, JSON.stringify(value));
      address.hash = told.toString();
      this.frame = document.createElement('iframe');
      this.frame.allow = 'autoplay; camera; clipboard-write; compute-pressure; display-capture; hid; microphone; screen-wake-lock; speaker-selection';
      this.frame.name = this.frame.id = `jitsiConferenceFrame${last}`;
      this.frame.style.width = width;
      this.frame.style.height = height;
      this.frame.style.border = 0;
      this.frame.setAttribute('allowFullScreen', 'true');
      this.frame.src = address.href;
      parentNode.appendChild(this.frame);
      last += 1;
      this.heard = ({ source, origin, data }) => {
        if (source !== this.frame.contentWindow || origin !== this.origin) return;
        const { name, ...rest } = data;
        for (const [event, listener] of this.listeners) if (event === EVENTS[name]) listener(rest);
      };
      addEventListener('message', this.heard);
    }

    on(event, listener) {
      this.listeners.push([event, listener]);
      return this;
    }

    executeCommand(name) {
      if (!(name in COMMANDS)) throw new Error(`Not supported command name: ${name}`);
      this.frame.contentWindow.postMessage({ command: COMMANDS[name] }, this.origin);
    }

    getIFrame() {
      return this.frame;
    }

    dispose() {
      removeEventListener('message', this.heard);
      this.listeners = [];
      this.frame.remove();
    }
  }
  window.JitsiMeetExternalAPI = JitsiMeetExternalAPI;
})();
