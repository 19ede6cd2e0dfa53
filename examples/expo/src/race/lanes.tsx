import { formatDuration, type MemberProgress, type Race, secondsAt } from '@lockin/sdk';
import { Image, StyleSheet, View } from 'react-native';
import { formatMinutes, formatSeconds, nameOf } from '../language/format';
import { isolate } from '../language/isolate';
import { locale } from '../language/locale';
import { texts } from '../language/texts';
import { useServerNow } from '../lockin';
import { Body, Name } from '../ui/text';
import { useTheme } from '../ui/theme';

/** Leader first. Sorts again, because a running member may have overtaken others since the race was sent. */
export function Lanes({ race }: { race: Race }) {
  const now = useServerNow();
  const lanes = race
    .map((member) => ({ member, seconds: secondsAt(member, now) }))
    .sort((a, b) => b.seconds - a.seconds || a.member.rank - b.member.rank);
  return (
    <View role="list" aria-label={texts.race.lanes} style={styles.lanes}>
      {lanes.map(({ member, seconds }, index) => (
        <Lane key={member.user_id} place={index + 1} member={member} seconds={seconds} />
      ))}
    </View>
  );
}

function Lane({ place, member, seconds }: { place: number; member: MemberProgress; seconds: number }) {
  const { accent, border } = useTheme();
  const { display_name, avatar_url, running, target_minutes } = member;
  const share = Math.min(seconds / (target_minutes * 60), 1);
  const state = share === 1 ? texts.race.goalMet : running ? texts.race.running : texts.race.resting;
  const label = texts.race.lane(place.toLocaleString(locale), nameOf(display_name), formatSeconds(seconds), state);
  return (
    <View accessible role="listitem" aria-label={label} style={styles.lane}>
      <View style={styles.head}>
        {avatar_url !== null && <Image source={{ uri: avatar_url }} style={styles.avatar} />}
        <View style={styles.name}>
          <Name>{display_name}</Name>
        </View>
      </View>
      <Body muted>{texts.race.progress(isolate(formatDuration(seconds)), formatMinutes(target_minutes), state)}</Body>
      <View style={[styles.track, { borderColor: border }]}>
        <View style={[styles.done, { borderColor: accent, width: `${share * 100}%` }]} />
      </View>
    </View>
  );
}

/** The bar is made of borders, which forced colours keep, unlike backgrounds. */
const styles = StyleSheet.create({
  lanes: { gap: 16 },
  lane: { gap: 4 },
  head: { flexDirection: 'row', alignItems: 'center', gap: 8 },
  name: { flex: 1 },
  avatar: { width: 32, height: 32, borderRadius: 16 },
  track: { height: 10, borderWidth: 1, borderRadius: 5, overflow: 'hidden' },
  done: { borderTopWidth: 8 },
});
