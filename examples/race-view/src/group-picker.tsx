import type { ReactNode } from 'react';
import type { Me } from './types.js';

interface GroupPickerProps {
  groups: Me['memberships'];
  chosen: string | undefined;
  onChoose: (groupId: string) => void;
}

export function GroupPicker({ groups, chosen, onChoose }: GroupPickerProps): ReactNode {
  if (groups.length === 0) return null;
  return (
    <label className="picker">
      <span>Group</span>
      <select value={chosen} onChange={(event) => onChoose(event.target.value)}>
        <Groups label="Under way" groups={groups.filter(({ status }) => status === 'active')} />
        <Groups label="Over" groups={groups.filter(({ status }) => status === 'archived')} />
      </select>
    </label>
  );
}

function Groups({ label, groups }: { label: string; groups: Me['memberships'] }): ReactNode {
  if (groups.length === 0) return null;
  return (
    <optgroup label={label}>
      {groups.map(({ group_id, name }) => (
        <option key={group_id} value={group_id}>
          {name}
        </option>
      ))}
    </optgroup>
  );
}
