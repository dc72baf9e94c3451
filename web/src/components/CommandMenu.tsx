// ⌘K: pages, projects, the newest conversations, and any id that is pasted.
import { Command } from "cmdk";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useConversations, usePage } from "../api/data";
import { useLive } from "../api/live";
import { startedShort } from "../lib/format";
import { mergeRows, NO_FILTERS } from "../lib/rows";
import { toggleTheme } from "../lib/theme";
import { Modal } from "./bits";
import { Icon } from "./Icon";

const RECENT = 8;

export function CommandMenu({ close, showKeys }: { close: () => void; showKeys: () => void }) {
  const { session, project, live } = usePage();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const list = useConversations(project, NO_FILTERS);
  const { conversations } = useLive(live);
  const { rows } = mergeRows(list.data?.pages.flatMap((page) => page.rows) ?? [], conversations, NO_FILTERS, null);
  const go = (to: string) => {
    close();
    void navigate(to);
  };
  const id = text.trim();
  return (
    <Modal label="Command menu" className="menu" onClose={close}>
      <Command label="Command menu" loop>
        <div className="menu-search">
          <Icon name="search" />
          <Command.Input autoFocus placeholder="Go to a page, a conversation, an id" value={text} onValueChange={setText} />
          <kbd>esc</kbd>
        </div>
        <Command.List>
          <Command.Empty>Nothing has this name. A full trace id opens its conversation.</Command.Empty>
          {/^[0-9a-f]{16,32}$/i.test(id) && (
            <Command.Item value={id} onSelect={() => go(`/p/${project}/conversations/${id.toLowerCase()}`)}>
              <Icon name="search" />Open <span className="mono">{id}</span>
            </Command.Item>
          )}
          <Command.Group heading="Go to">
            <Command.Item onSelect={() => go(`/p/${project}/conversations`)}><Icon name="conversations" />Conversations<kbd>G C</kbd></Command.Item>
            <Command.Item onSelect={() => go(`/p/${project}/live`)}><Icon name="live" />Live<kbd>G V</kbd></Command.Item>
            <Command.Item onSelect={() => go(`/p/${project}/settings/ingest`)}><Icon name="plug" />Ingest health</Command.Item>
            <Command.Item onSelect={() => go(`/p/${project}/settings`)}><Icon name="settings" />Settings: keys, retention, prices, members</Command.Item>
            <Command.Item onSelect={() => go(`/p/${project}/latency`)}><Icon name="latency" />Latency<kbd>G L</kbd></Command.Item>
            <Command.Item onSelect={() => go(`/p/${project}/spans`)}><Icon name="spans" />Spans<kbd>G S</kbd></Command.Item>
            <Command.Item onSelect={() => go(`/p/${project}/sessions`)}><Icon name="sessions" />Sessions</Command.Item>
            <Command.Item onSelect={() => go(`/p/${project}/callers`)}><Icon name="user" />Callers</Command.Item>
            <Command.Item onSelect={() => location.assign(`/p/${project}/talk`)}><Icon name="talk" />Talk to the agent</Command.Item>
            {session.projects.filter((known) => known.id !== project).map((known) => (
              <Command.Item key={known.id} value={`project ${known.name} ${known.id}`} onSelect={() => go(`/p/${known.id}/conversations`)}>
                <Icon name="right" />Project {known.name}
              </Command.Item>
            ))}
          </Command.Group>
          {rows.length > 0 && (
            <Command.Group heading="Newest conversations">
              {rows.slice(0, RECENT).map((row) => (
                <Command.Item key={row.id} value={`${row.title} ${row.last_line} ${row.id}`} onSelect={() => go(`/p/${project}/conversations/${row.id}`)}>
                  <span className={`dot ${row.outcome}`} /><span className="clip">{row.title}</span>
                  <span className="end num">{startedShort(row.start)}</span>
                </Command.Item>
              ))}
            </Command.Group>
          )}
          <Command.Group heading="This page">
            <Command.Item onSelect={() => { toggleTheme(); close(); }}><Icon name="sun" />Switch between dark and light<kbd>T</kbd></Command.Item>
            <Command.Item onSelect={showKeys}><Icon name="keyboard" />All keys<kbd>?</kbd></Command.Item>
          </Command.Group>
        </Command.List>
      </Command>
    </Modal>
  );
}
