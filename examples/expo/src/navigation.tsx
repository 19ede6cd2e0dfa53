import { createBottomTabNavigator } from '@react-navigation/bottom-tabs';
import { DarkTheme, DefaultTheme, NavigationContainer } from '@react-navigation/native';
import { createNativeStackNavigator, type NativeStackScreenProps } from '@react-navigation/native-stack';
import { GroupScreen } from './groups/group-screen';
import { GroupsScreen } from './groups/groups-screen';
import { InviteScreen } from './groups/invite-screen';
import { NewGroupScreen } from './groups/new-group-screen';
import { InboxScreen } from './inbox/inbox-screen';
import { direction } from './language/locale';
import { texts } from './language/texts';
import { useQuery } from './lockin';
import { ProfileScreen } from './profile/profile-screen';
import { TabBar } from './tab-bar';
import { useIsDark } from './ui/theme';

/** The screens about groups, and their parameters. */
type GroupScreens = {
  Groups: undefined;
  NewGroup: undefined;
  Group: { id: string; name: string };
  Invite: { groupId: string };
};
export type ScreenProps<Name extends keyof GroupScreens> = NativeStackScreenProps<GroupScreens, Name>;

const Stack = createNativeStackNavigator<GroupScreens>();
const Tabs = createBottomTabNavigator<{ GroupsTab: undefined; Inbox: undefined; Profile: undefined }>();

/** The screens show their own headings: a navigator's header has one line, and large text does not fit into it. */
const NO_HEADER = { headerShown: false };

function GroupStack() {
  return (
    <Stack.Navigator screenOptions={NO_HEADER}>
      <Stack.Screen name="Groups" component={GroupsScreen} options={{ title: texts.groups.title }} />
      <Stack.Screen name="NewGroup" component={NewGroupScreen} options={{ title: texts.newGroup.title }} />
      <Stack.Screen name="Group" component={GroupScreen} options={({ route }) => ({ title: route.params.name })} />
      <Stack.Screen name="Invite" component={InviteScreen} options={{ title: texts.invite.title }} />
    </Stack.Navigator>
  );
}

interface NavigationProps {
  onSignOut: () => void;
  onDeleted: () => void;
}

export function Navigation({ onSignOut, onDeleted }: NavigationProps) {
  const isDark = useIsDark();
  const { data: me } = useQuery('get', '/api/me', {}, { refetchInterval: 60_000 });
  const unread = me?.unread_notifications ?? 0;
  return (
    <NavigationContainer theme={isDark ? DarkTheme : DefaultTheme} direction={direction}>
      <Tabs.Navigator screenOptions={NO_HEADER} tabBar={(props) => <TabBar {...props} />}>
        <Tabs.Screen name="GroupsTab" component={GroupStack} options={{ title: texts.groups.title }} />
        <Tabs.Screen
          name="Inbox"
          component={InboxScreen}
          options={{ title: unread > 0 ? texts.inbox.withUnread(unread) : texts.inbox.title }}
        />
        <Tabs.Screen name="Profile" options={{ title: texts.profile.title }}>
          {() => <ProfileScreen onSignOut={onSignOut} onDeleted={onDeleted} />}
        </Tabs.Screen>
      </Tabs.Navigator>
    </NavigationContainer>
  );
}
